import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { gatewayKeys, OutdialError } from '@outdial/contract';
import type { RedisAccess } from '@outdial/queue';
import type { FastifyRequest } from 'fastify';
import { type ApiKey, digestOfKey, idOfKey } from '../keys/api-key.js';
import type { ApiKeys } from '../keys/api-keys.js';
import { clearedCookie, cookieOf, sessionCookie } from './session-cookie.js';

/** A session ends when it was not used for so long. */
const IDLE_SECONDS = 12 * 3600;
/** The header in which a browser proves that a change comes from a page of the board. */
export const CSRF_HEADER = 'x-csrf-token';
const READS: readonly string[] = ['GET', 'HEAD'];

/** A key by which somebody has logged in, as Redis has it: never its text. */
interface Session {
  keyId: string;
  digest: string;
}

/**
 * Sessions of browsers that have logged in by an API key, in Redis, so that every gateway knows them. A browser has a random token
 * in a cookie that no script can read; Redis has the token's digest. A session may do what its key may, for as long as the key
 * is not revoked.
 */
export class Sessions {
  readonly #access: RedisAccess;
  readonly #keys: ApiKeys;
  readonly #nameOf: (digest: string) => string;

  constructor(access: RedisAccess, keys: ApiKeys) {
    this.#access = access;
    this.#keys = keys;
    this.#nameOf = gatewayKeys(access.prefix).session;
  }

  /** Begins a session. Throws `UNAUTHORIZED` for a key that is unknown or revoked. */
  async begin(
    text: string,
    isSecure: boolean,
  ): Promise<{ caller: ApiKey; csrfToken: string; cookie: string }> {
    const caller = await this.#keys.use(text);
    const token = randomBytes(32).toString('base64url');
    const session: Session = { keyId: idOfKey(text) ?? '', digest: digestOfKey(text) };
    await this.#access.request('begin a session', (client) =>
      client.set(this.#nameOf(digestOf(token)), JSON.stringify(session), 'EX', IDLE_SECONDS),
    );
    return { caller, csrfToken: csrfTokenOf(token), cookie: sessionCookie(token, isSecure) };
  }

  /** Whether a request comes with a session's cookie, and not with a key of its own. */
  isFor({ headers }: FastifyRequest): boolean {
    return headers.authorization === undefined && cookieOf(headers.cookie) !== null;
  }

  /**
   * Makes a request by its session. Throws `UNAUTHORIZED`, `RATE_LIMITED`, or `FORBIDDEN` for a change without the session's CSRF
   * token: another site can make a browser send the cookie, but cannot know the token.
   */
  async use({ headers, method }: FastifyRequest): Promise<ApiKey> {
    const token = cookieOf(headers.cookie) ?? '';
    const text = await this.#access.request('read the session', (client) =>
      client.getex(this.#nameOf(digestOf(token)), 'EX', IDLE_SECONDS),
    );
    if (text === null) throw new OutdialError('UNAUTHORIZED', 'the session has ended: log in again');
    if (!READS.includes(method) && !isSame(String(headers[CSRF_HEADER] ?? ''), csrfTokenOf(token)))
      throw new OutdialError(
        'FORBIDDEN',
        `a change by a session needs its token in the header ${CSRF_HEADER}`,
      );
    const { keyId, digest } = JSON.parse(text) as Session;
    return this.#keys.useDigest(keyId, digest);
  }

  /** What a page of the board must send with changes. */
  csrfTokenOf({ headers }: FastifyRequest): string | null {
    const token = cookieOf(headers.cookie);
    return token === null ? null : csrfTokenOf(token);
  }

  /** Ends a request's session, and gives the cookie that takes the browser's away. */
  async end({ headers }: FastifyRequest, isSecure: boolean): Promise<string> {
    const token = cookieOf(headers.cookie);
    if (token !== null)
      await this.#access.request('end the session', (client) => client.del(this.#nameOf(digestOf(token))));
    return clearedCookie(isSecure);
  }
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf:${token}`).digest('base64url');
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

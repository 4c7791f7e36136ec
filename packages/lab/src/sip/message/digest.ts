/** Digest authentication with MD5, both sides (RFC 2617, RFC 7616, RFC 3261 section 22). */
import { createHash, randomBytes } from 'node:crypto';
import { splitList } from './headers.js';
import type { SipRequest, SipResponse } from './message.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The header that answers a 401 or 407, as a name and a value; undefined when the challenge cannot be
 * answered.
 */
export function answerChallenge(
  request: SipRequest,
  response: SipResponse,
  credentials: Credentials,
): readonly [name: string, value: string] | undefined {
  const isProxy = response.status === 407;
  const challenge = (response.headers.getAll(isProxy ? 'Proxy-Authenticate' : 'WWW-Authenticate') ?? [])
    .map(parseDigest)
    .find((fields) => (fields?.get('algorithm') ?? 'MD5').toUpperCase() === 'MD5' && fields?.has('nonce'));
  if (challenge === undefined) return undefined;
  const realm = challenge.get('realm') ?? '';
  const nonce = challenge.get('nonce') ?? '';
  const wantsQop = (challenge.get('qop') ?? '').split(',').some((qop) => qop.trim() === 'auth');
  const cnonce = randomBytes(8).toString('hex');
  const proof = digestOf({
    ...{ ...credentials, realm, nonce, method: request.method, uri: request.uri },
    qop: wantsQop ? { nc: '00000001', cnonce } : undefined,
  });
  const fields = [
    ...[`username="${credentials.username}"`, `realm="${realm}"`, `nonce="${nonce}"`, `uri="${request.uri}"`],
    ...[`response="${proof}"`, 'algorithm=MD5'],
    ...(wantsQop ? ['qop=auth', 'nc=00000001', `cnonce="${cnonce}"`] : []),
    ...(challenge.has('opaque') ? [`opaque="${challenge.get('opaque')}"`] : []),
  ];
  return [isProxy ? 'Proxy-Authorization' : 'Authorization', `Digest ${fields.join(', ')}`];
}

/** Challenges requests and verifies the credentials of the next attempt. A nonce is valid for `nonceMs`. */
export class DigestVerifier {
  readonly #realm: string;
  readonly #credentials: Credentials;
  readonly #nonceMs: number;
  /** Issued nonces, and until when they are valid (epoch ms). */
  readonly #nonces = new Map<string, number>();

  constructor(realm: string, credentials: Credentials, nonceMs = 60_000) {
    this.#realm = realm;
    this.#credentials = credentials;
    this.#nonceMs = nonceMs;
  }

  /** The value of a new Proxy-Authenticate or WWW-Authenticate header. */
  challenge(): string {
    const now = Date.now();
    // In the order of issue, so that expired ones come first.
    for (const [nonce, untilMs] of this.#nonces) {
      if (untilMs > now) break;
      this.#nonces.delete(nonce);
    }
    const nonce = randomBytes(16).toString('hex');
    this.#nonces.set(nonce, now + this.#nonceMs);
    return `Digest realm="${this.#realm}", nonce="${nonce}", algorithm=MD5, qop="auth"`;
  }

  /** Whether the request has valid credentials for a challenge of ours, in either header. */
  isAuthorized(request: SipRequest): boolean {
    const values = [
      ...request.headers.getAll('Proxy-Authorization'),
      ...request.headers.getAll('Authorization'),
    ];
    return values.some((value) => this.#isRight(request.method, parseDigest(value)));
  }

  #isRight(method: string, fields: ReadonlyMap<string, string> | undefined): boolean {
    const nonce = fields?.get('nonce') ?? '';
    if (fields === undefined || (this.#nonces.get(nonce) ?? 0) < Date.now()) return false;
    if (fields.get('username') !== this.#credentials.username || fields.get('realm') !== this.#realm)
      return false;
    const proof = digestOf({
      ...{ ...this.#credentials, realm: this.#realm, nonce, method, uri: fields.get('uri') ?? '' },
      qop: fields.has('qop') ? { nc: fields.get('nc') ?? '', cnonce: fields.get('cnonce') ?? '' } : undefined,
    });
    return fields.get('response') === proof;
  }
}

interface DigestInput extends Credentials {
  readonly realm: string;
  readonly nonce: string;
  readonly method: string;
  readonly uri: string;
  readonly qop: { readonly nc: string; readonly cnonce: string } | undefined;
}

function digestOf(input: DigestInput): string {
  const ha1 = md5(`${input.username}:${input.realm}:${input.password}`);
  const ha2 = md5(`${input.method}:${input.uri}`);
  const { qop } = input;
  return md5(
    qop === undefined
      ? `${ha1}:${input.nonce}:${ha2}`
      : `${ha1}:${input.nonce}:${qop.nc}:${qop.cnonce}:auth:${ha2}`,
  );
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** The fields of a `Digest ...` value, names in lower case; undefined for another scheme. */
function parseDigest(value: string): ReadonlyMap<string, string> | undefined {
  const scheme = /^\s*Digest\s+/i.exec(value);
  if (scheme === null) return undefined;
  const fields = new Map<string, string>();
  for (const part of splitList(value.slice(scheme[0].length))) {
    const match = /^\s*(\w+)\s*=\s*(?:"(.*)"|(\S*))\s*$/.exec(part);
    if (match?.[1] !== undefined) fields.set(match[1].toLowerCase(), match[2] ?? match[3] ?? '');
  }
  return fields;
}

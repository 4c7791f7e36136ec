import { createHash, randomBytes } from 'node:crypto';
import type { Challenge } from './challenges.js';

/** A trunk's digest credentials. */
export interface Credentials {
  username: string;
  password: string;
}

/** What of a request the digest covers. */
export interface DigestedRequest {
  method: string;
  /** The request URI as it is sent. */
  uri: string;
  body: string;
}

/** Node's names of the hash algorithms that IANA registers for digest authentication (RFC 7616, RFC 8760). */
const HASHES: Readonly<Record<string, string>> = {
  md5: 'md5',
  'sha-256': 'sha256',
  'sha-512-256': 'sha512-256',
};

/** Whether a challenge can be answered: a known algorithm, and either no `qop` or one that is known. */
export function canAnswer({ algorithm, qop }: Challenge): boolean {
  return hashOf(algorithm) !== undefined && (qop.length === 0 || choose(qop) !== undefined);
}

/**
 * The credentials that answer a challenge: the value of an Authorization or Proxy-Authorization header (RFC 7616,
 * section 3.4). `nonceCount`: how often this nonce has been used, this time included.
 */
export function digestResponse(
  challenge: Challenge,
  credentials: Credentials,
  request: DigestedRequest,
  nonceCount: number,
): string {
  const { realm, nonce, opaque, algorithm } = challenge;
  const hash = hashOf(algorithm) ?? 'md5';
  const h = (text: string) => createHash(hash).update(text).digest('hex');
  const isSession = /-sess$/i.test(algorithm ?? '');
  const qop = choose(challenge.qop);
  const cnonce = randomBytes(12).toString('hex');
  const nc = nonceCount.toString(16).padStart(8, '0');

  const secret = h(`${credentials.username}:${realm}:${credentials.password}`);
  const a1 = isSession ? h(`${secret}:${nonce}:${cnonce}`) : secret;
  const target = `${request.method}:${request.uri}`;
  const a2 = h(qop === 'auth-int' ? `${target}:${h(request.body)}` : target);
  const response =
    qop === undefined ? h(`${a1}:${nonce}:${a2}`) : h(`${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}`);

  const fields = [
    `username="${credentials.username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${request.uri}"`,
    `response="${response}"`,
    ...(algorithm === null ? [] : [`algorithm=${algorithm}`]),
    ...(qop === undefined ? [] : [`qop=${qop}`, `nc=${nc}`]),
    ...(qop === undefined && !isSession ? [] : [`cnonce="${cnonce}"`]),
    ...(opaque === null ? [] : [`opaque="${opaque}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

function hashOf(algorithm: string | null): string | undefined {
  return HASHES[(algorithm ?? 'MD5').toLowerCase().replace(/-sess$/, '')];
}

/** `auth` before `auth-int`: a proxy on the way may change the body (RFC 8760, section 2.4, leaves the choice to us). */
function choose(qop: readonly string[]): 'auth' | 'auth-int' | undefined {
  return (['auth', 'auth-int'] as const).find((known) => qop.includes(known));
}

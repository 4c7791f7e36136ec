import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** The account that the trunk knows. */
export const ACCOUNT = { username: 'outdial', password: 'sesame, open' };

/** What the trunk demands, one after the other; each is a status and its challenge headers. */
export interface Demand {
  status: 401 | 407;
  /** Header lines, whose `NONCE` becomes a nonce that was never used before. */
  challenges: readonly string[];
  /** The realm that must be answered, with what. */
  realm: string;
  algorithm?: 'MD5' | 'MD5-sess' | 'SHA-256' | 'SHA-256-sess' | 'SHA-512-256';
  qop?: 'auth' | 'auth-int' | null;
  opaque?: string;
  /** How often right credentials are answered with a nonce that is called stale. */
  staleTimes?: number;
}

export interface StrictTrunk {
  address: string;
  /** Why each request was found wanting, in their order; the last of a call that was let through is null. */
  readonly verdicts: Array<string | null>;
  readonly invites: string[];
  close(): Promise<void>;
}

/**
 * A trunk that checks each letter of RFC 7616 in the credentials that it gets. It lets a call through with `486 Busy Here`, so
 * that the call is over then, and challenges it otherwise: by the demand whose turn it is, again and again.
 */
export async function startStrictTrunk(demands: readonly Demand[]): Promise<StrictTrunk> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const verdicts: Array<string | null> = [];
  const invites: string[] = [];
  const seen = new Set<string>();
  const staleLeft = new Map(demands.map((demand) => [demand, demand.staleTimes ?? 0]));
  const nonces = new Map<Demand, string>();
  let lastCseq = 0;
  let serial = 0;

  socket.on('message', (data, peer) => {
    const text = data.toString();
    const respond = (status: string, lines: readonly string[] = []) => {
      const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => {
        const value = headerOf(text, name) ?? '';
        return name === 'To' && !value.includes('tag=') ? `To: ${value};tag=t` : `${name}: ${value}`;
      });
      const response = [`SIP/2.0 ${status}`, ...copied, ...lines, 'Content-Length: 0', '', ''].join('\r\n');
      socket.send(response, peer.port, peer.address);
    };
    if (!text.startsWith('INVITE ')) return;
    const branch = headerOf(text, 'Via') ?? '';
    if (seen.has(branch)) return;
    seen.add(branch);
    invites.push(text);
    const cseq = Number.parseInt(headerOf(text, 'CSeq') ?? '', 10);
    const order = cseq > lastCseq ? null : `CSeq ${cseq} after ${lastCseq}`;
    lastCseq = cseq;
    const problems = demands.map((demand) => {
      const found = problemOf(text, demand, nonces.get(demand));
      const left = staleLeft.get(demand) ?? 0;
      if (found !== null || left === 0) return found;
      staleLeft.set(demand, left - 1);
      return 'stale';
    });
    const problem = problems.find((found) => found !== null) ?? null;
    const unmet = demands[problems.indexOf(problem)];
    verdicts.push(order ?? problem);
    if (order !== null) return respond('500 Out of order');
    if (problem === null || unmet === undefined) return respond('486 Busy Here');
    serial += 1;
    nonces.set(unmet, `nonce-${serial}==`);
    const stale = problem === 'stale' ? ', stale=true' : '';
    const lines = unmet.challenges.map((line) => `${line.replaceAll('NONCE', `nonce-${serial}==`)}${stale}`);
    respond(
      `${unmet.status} ${unmet.status === 401 ? 'Unauthorized' : 'Proxy Authentication Required'}`,
      lines,
    );
  });

  return {
    address: `127.0.0.1:${socket.address().port}`,
    verdicts,
    invites,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** What is wrong with the credentials of a request, or null. */
function problemOf(request: string, demand: Demand, nonce: string | undefined): string | null {
  const name = demand.status === 401 ? 'Authorization' : 'Proxy-Authorization';
  const given = headersOf(request, name)
    .map(strictFields)
    .find((fields) => fields?.get('realm') === demand.realm);
  if (given === undefined) return 'no credentials';
  const field = (key: string) => given.get(key);
  const { algorithm = 'MD5', qop = null } = demand;
  if (field('nonce') !== nonce) return `nonce ${field('nonce')}`;
  if (field('username') !== ACCOUNT.username) return `username ${field('username')}`;
  if (field('opaque') !== demand.opaque) return `opaque ${field('opaque')}`;
  if ((field('algorithm') ?? 'MD5').toLowerCase() !== algorithm.toLowerCase())
    return `algorithm ${field('algorithm')}`;
  const [method = '', uri = ''] = request.split(' ');
  if (field('uri') !== uri) return `uri ${field('uri')}`;
  if ((field('qop') ?? null) !== qop) return `qop ${field('qop')}`;
  if (qop !== null && !/^[0-9a-f]{8}$/.test(field('nc') ?? '')) return `nc ${field('nc')}`;
  if (qop !== null && field('nc') === '00000000') return 'nc starts at 1';
  const isSession = algorithm.endsWith('-sess');
  if ((qop !== null || isSession) && !field('cnonce')) return 'no cnonce';
  const hash = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' }[
    algorithm.replace('-sess', '')
  ];
  const h = (text: string) =>
    createHash(hash ?? '')
      .update(text)
      .digest('hex');
  const body = request.slice(request.indexOf('\r\n\r\n') + 4);
  let a1 = h([ACCOUNT.username, demand.realm, ACCOUNT.password].join(':'));
  if (isSession) a1 = h([a1, nonce, field('cnonce')].join(':'));
  const a2 = h([method, uri, ...(qop === 'auth-int' ? [h(body)] : [])].join(':'));
  const middle = qop === null ? [] : [field('nc'), field('cnonce'), qop];
  return h([a1, nonce, ...middle, a2].join(':')) === field('response') ? null : 'response';
}

/** The fields of credentials by the grammar of RFC 7616, section 3.4: what must be quoted is, and nothing else. */
function strictFields(value: string): Map<string, string> | undefined {
  if (!value.startsWith('Digest ')) return undefined;
  const fields = new Map<string, string>();
  const quoted = ['username', 'realm', 'nonce', 'uri', 'response', 'cnonce', 'opaque'];
  for (const part of value.slice(7).match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []) {
    const [, key = '', inner, bare] = /^\s*(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",=]+))\s*$/.exec(part) ?? [];
    if (fields.has(key) || quoted.includes(key) !== (inner !== undefined)) return undefined;
    fields.set(key, inner ?? bare ?? '');
  }
  return fields;
}

function headersOf(message: string, name: string): string[] {
  const head = message.slice(0, message.indexOf('\r\n\r\n'));
  return head
    .split('\r\n')
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

function headerOf(message: string, name: string): string | undefined {
  return headersOf(message, name)[0];
}

/**
 * The Via header: where responses go, and which transaction a message belongs to (RFC 3261 17.1.3, 17.2.3,
 * 18.2).
 */

import type { Peer } from '../transport/transport.js';
import { MAGIC_COOKIE } from './identifiers.js';
import { cseqOf, type SipMessage, type SipRequest, tagOf } from './message.js';
import { hostPort, parseParams } from './uri.js';

interface Via {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  readonly params: ReadonlyMap<string, string>;
}

const VIA = /^SIP\s*\/\s*2\.0\s*\/\s*(\w+)\s+(\[[^\]]+\]|[^:;\s]+)(?:\s*:\s*(\d{1,5}))?\s*(;.*)?$/i;

/** The topmost Via; undefined when it is malformed. */
export function topVia(message: SipMessage): Via | undefined {
  const match = VIA.exec(message.headers.list('Via')[0] ?? '');
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return {
    protocol: match[1].toUpperCase(),
    host: match[2].replace(/^\[|\]$/g, ''),
    port: Number(match[3] ?? 5060),
    params: parseParams(match[4] ?? ''),
  };
}

export function formatVia(protocol: Peer['protocol'], host: string, port: number, branch: string): string {
  return `SIP/2.0/${protocol.toUpperCase()} ${hostPort(host, port)};branch=${branch};rport`;
}

/** Adds the request's source to the topmost Via (section 18.2.1, RFC 3581). */
export function noteSource(request: SipRequest, peer: Peer): void {
  const [top = '', ...others] = request.headers.list('Via');
  const params = topVia(request)?.params;
  let noted = top;
  if (params?.get('rport') === '') noted = noted.replace(/;\s*rport\s*=?(?=;|$)/i, `;rport=${peer.port}`);
  if (!params?.has('received')) noted += `;received=${peer.host}`;
  request.headers.set('Via', [noted, ...others]);
}

/** Where responses to the request are sent, once its source is noted (18.2.2). */
export function responsePeer(request: SipRequest, source: Peer): Peer {
  const via = topVia(request);
  if (source.protocol !== 'udp' || via === undefined) return source;
  return via.params.has('rport') ? source : { ...source, port: via.port };
}

/** Where to connect for the response when the request's connection is gone. */
export function sentBy(request: SipRequest, source: Peer): Peer {
  return { ...source, port: topVia(request)?.port ?? source.port };
}

/**
 * The key of the client transaction that a response belongs to. The branch and CSeq's method would do (RFC
 * 3261, section 17.1.3); like drachtio-server's stack, this also requires the same Call-ID and From tag.
 */
export function clientKey(message: SipMessage): string {
  const branch = topVia(message)?.params.get('branch') ?? '';
  const { number, method } = cseqOf(message);
  return `${branch} ${number} ${method} ${message.headers.get('Call-ID')} ${tagOf(message, 'From')}`;
}

/** The key of the server transaction that a request belongs to: an ACK's and a CANCEL's is their INVITE's. */
export function serverKey(request: SipRequest, method = request.method): string {
  const via = topVia(request);
  const branch = via?.params.get('branch') ?? '';
  const of = method === 'ACK' ? 'INVITE' : method;
  if (branch.startsWith(MAGIC_COOKIE)) return `${branch} ${via?.host} ${via?.port} ${of}`;
  // RFC 2543's rule, for peers without the cookie.
  const { headers } = request;
  return `${headers.get('Call-ID')} ${tagOf(request, 'From')} ${cseqOf(request).number} ${via?.host} ${via?.port} ${of}`;
}

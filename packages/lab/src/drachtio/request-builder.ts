/** Completes a client's draft of a request to what goes over the wire, the way drachtio-server does. */
import { SipHeaders } from '../sip/message/headers.js';
import { newCallId, newTag } from '../sip/message/identifiers.js';
import { parseMessage, type SipMessage, type SipRequest, tagIn } from '../sip/message/message.js';
import { hostPort, parseUri, protocolOf, transportOf } from '../sip/message/uri.js';
import type { Peer, TransportAddress } from '../sip/transport/transport.js';

/** Why the request cannot be sent, in the text of drachtio-server. */
export class RequestRejected extends Error {}

/** Headers that a client may not set, or that are set here. */
const OWN_HEADERS = [
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Contact', 'Max-Forwards'],
  ...['Content-Length', 'Route', 'Record-Route', 'RSeq'],
];

/**
 * Parses a client's draft, which may lack any header. Throws RequestRejected when it is not a SIP message.
 */
export function parseDraft(text: string): SipMessage {
  const outcome = parseMessage(text, {});
  if (outcome.kind === 'malformed') {
    throw new RequestRejected(`invalid request-uri: ${text.split('\r\n', 1)[0]}`);
  }
  return outcome.message;
}

/**
 * A request outside a dialog, without Via: From, Contact and To are completed, `localhost` in them becomes
 * the server's address, a Call-ID or CSeq of the client is kept.
 *
 * @param nextHop where it will be sent: it chooses the transport
 * @param nextCseq gives the number of a request that brings none
 */
export function completeRequest(
  draft: SipRequest,
  own: TransportAddress,
  nextHop: string,
  nextCseq: () => number,
): SipRequest {
  const target = parseUri(nextHop);
  if (target === undefined || parseUri(draft.uri) === undefined) {
    throw new RequestRejected(`invalid request-uri: ${draft.uri}`);
  }
  // drachtio-server chooses by this parameter alone: a sips: URI without it may go over any transport of its own.
  const transport = target.params.get('transport')?.toLowerCase() ?? 'udp';
  const port = { udp: own.port, tcp: own.port, tls: own.tlsPort }[transport];
  if (transport !== transportOf(target) || port === undefined || port === null) {
    throw new RequestRejected('requested protocol/transport not available');
  }
  if (target.port === port && (target.host === own.host || target.host === 'localhost')) {
    throw new RequestRejected('can not send request to myself');
  }
  const given = draft.headers;
  const scheme = transport === 'tls' ? 'sips' : 'sip';
  const parameter = transport === 'udp' ? '' : `;transport=${transport}`;
  const contact = `<${scheme}:${hostPort(own.host, port)}${parameter}>`;
  const from = addressIn(given.get('From') ?? contact, own);
  const headers = new SipHeaders()
    .set('Max-Forwards', given.get('Max-Forwards') ?? '70')
    .set('From', tagIn(from) === undefined ? `${from};tag=${newTag()}` : from)
    .set('To', addressIn(given.get('To') ?? draft.uri, own))
    .set('Call-ID', given.get('Call-ID') ?? newCallId())
    .set('CSeq', cseqFor(draft, nextCseq));
  if (draft.method === 'INVITE' || draft.method === 'SUBSCRIBE' || given.has('Contact')) {
    headers.set('Contact', addressIn(given.get('Contact') ?? contact, own));
  }
  return { ...draft, headers: addGiven(headers, draft, own) };
}

/** Adds the client's own headers, and a Content-Type when the body is recognisably SDP. */
export function addGiven(headers: SipHeaders, draft: SipMessage, own: TransportAddress): SipHeaders {
  for (const { name, value } of draft.headers.entries()) {
    if (!OWN_HEADERS.includes(name)) {
      headers.add(name, name === 'P-Asserted-Identity' ? addressIn(value, own) : value);
    }
  }
  if (draft.body !== '' && !headers.has('Content-Type')) {
    if (!draft.body.startsWith('v=0')) throw new RequestRejected('missing content-type');
    headers.set('Content-Type', 'application/sdp');
  }
  return headers;
}

/** `sip:1000@localhost` becomes `<sip:1000@127.0.0.1:5060>`. */
export function addressIn(value: string, own: TransportAddress): string {
  const bracketed = value.includes('<') ? value : value.replace(/^\s*(sips?:[^;\s]+)/i, '<$1>');
  return bracketed.replace(/@localhost(?::\d+)?/i, `@${hostPort(own.host, own.port)}`);
}

/** A digest retry has the CSeq after that of the first attempt. */
function cseqFor(draft: SipRequest, nextCseq: () => number): string {
  const given = /^\d+/.exec(draft.headers.get('CSeq') ?? '')?.[0];
  return `${given ?? nextCseq()} ${draft.method}`;
}

/** Our side of the way to a next hop. */
export function ownPeer(nextHop: string, { host, port, tlsPort }: TransportAddress): Peer {
  const protocol = protocolOf(nextHop);
  return { protocol, host, port: protocol === 'tls' ? (tlsPort ?? port) : port };
}

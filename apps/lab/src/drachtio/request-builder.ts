/** Completes the sketch of a request that a client gives into what goes over the wire, the way drachtio-server does. */
import { SipHeaders } from '../sip/headers.js';
import { newCallId, newTag } from '../sip/identifiers.js';
import { parseMessage, type SipMessage, type SipRequest, tagIn } from '../sip/message.js';
import { hostPort, parseUri } from '../sip/uri.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why the request cannot be sent, in drachtio-server's words. */
export class RequestRefused extends Error {}

/** What a client may not set, or what is set here. */
const OWN_HEADERS = [
  ...['Via', 'From', 'To', 'Call-ID', 'CSeq', 'Contact', 'Max-Forwards'],
  ...['Content-Length', 'Route', 'Record-Route', 'RSeq'],
];

/** The client's sketch: it need not have any header. Throws RequestRefused when it is no SIP message. */
export function readSketch(text: string): SipMessage {
  const outcome = parseMessage(text, {});
  if (outcome.kind === 'malformed') {
    throw new RequestRefused(`invalid request-uri: ${text.split('\r\n', 1)[0]}`);
  }
  return outcome.message;
}

/**
 * A request outside a dialog, without Via: From, Contact and To are completed, `localhost` in them becomes the switch's
 * address, a Call-ID or CSeq of the client's is kept.
 *
 * @param nextHop where it will be sent: it chooses the transport
 * @param nextCseq gives the number of a request that brings none
 */
export function completeRequest(
  sketch: SipRequest,
  own: Address,
  nextHop: string,
  nextCseq: () => number,
): SipRequest {
  const target = parseUri(nextHop);
  if (target === undefined || parseUri(sketch.uri) === undefined) {
    throw new RequestRefused(`invalid request-uri: ${sketch.uri}`);
  }
  const transport = target.params.get('transport')?.toLowerCase() ?? 'udp';
  if (target.scheme === 'sips' || (transport !== 'udp' && transport !== 'tcp')) {
    throw new RequestRefused('requested protocol/transport not available');
  }
  if (target.port === own.port && (target.host === own.host || target.host === 'localhost')) {
    throw new RequestRefused('can not send request to myself');
  }
  const given = sketch.headers;
  const contact = `<sip:${hostPort(own.host, own.port)}${transport === 'tcp' ? ';transport=tcp' : ''}>`;
  const from = addressIn(given.get('From') ?? contact, own);
  const headers = new SipHeaders()
    .set('Max-Forwards', given.get('Max-Forwards') ?? '70')
    .set('From', tagIn(from) === undefined ? `${from};tag=${newTag()}` : from)
    .set('To', addressIn(given.get('To') ?? sketch.uri, own))
    .set('Call-ID', given.get('Call-ID') ?? newCallId())
    .set('CSeq', cseqFor(sketch, nextCseq));
  if (sketch.method === 'INVITE' || sketch.method === 'SUBSCRIBE' || given.has('Contact')) {
    headers.set('Contact', addressIn(given.get('Contact') ?? contact, own));
  }
  return { ...sketch, headers: addGiven(headers, sketch, own) };
}

/** Adds the client's own headers, and the Content-Type of a body that is plainly SDP. */
export function addGiven(headers: SipHeaders, sketch: SipMessage, own: Address): SipHeaders {
  for (const { name, value } of sketch.headers.entries()) {
    if (!OWN_HEADERS.includes(name)) {
      headers.add(name, name === 'P-Asserted-Identity' ? addressIn(value, own) : value);
    }
  }
  if (sketch.body !== '' && !headers.has('Content-Type')) {
    if (!sketch.body.startsWith('v=0')) throw new RequestRefused('missing content-type');
    headers.set('Content-Type', 'application/sdp');
  }
  return headers;
}

/** `sip:1000@localhost` becomes `<sip:1000@127.0.0.1:5060>`. */
export function addressIn(value: string, own: Address): string {
  const bracketed = value.includes('<') ? value : value.replace(/^\s*(sips?:[^;\s]+)/i, '<$1>');
  return bracketed.replace(/@localhost(?::\d+)?/i, `@${hostPort(own.host, own.port)}`);
}

/** A digest retry brings the number after its first try's. */
function cseqFor(sketch: SipRequest, nextCseq: () => number): string {
  const given = /^\d+/.exec(sketch.headers.get('CSeq') ?? '')?.[0];
  return `${given ?? nextCseq()} ${sketch.method}`;
}

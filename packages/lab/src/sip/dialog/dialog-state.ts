/** The state of a dialog (RFC 3261 section 12) and the requests built from it. Plain data, no socket. */
import type { HeaderValues } from '../message/headers.js';
import { SipHeaders } from '../message/headers.js';
import { cseqOf, type SipMessage, type SipRequest, type SipResponse, tagIn } from '../message/message.js';
import { parseNameAddr, parseUri } from '../message/uri.js';

export interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** Our From value, tag included. */
  readonly localAddress: string;
  /** Our To value, tag included. */
  readonly remoteAddress: string;
  /** Our Contact value. */
  contact: string;
  /** Where the far end wants requests: the URI of its Contact. */
  remoteTarget: string;
  readonly routeSet: readonly string[];
  /** Of our last request. */
  localCseq: number;
  /** Of the far end's last request; 0 before the first. */
  remoteCseq: number;
}

/** The dialog that a response creates at the sender of the request (12.1.2). */
export function stateAsCaller(request: SipRequest, response: SipResponse): DialogState {
  const from = request.headers.get('From') ?? '';
  const to = response.headers.get('To') ?? '';
  return {
    callId: request.headers.get('Call-ID') ?? '',
    localTag: tagIn(from) ?? '',
    remoteTag: tagIn(to) ?? '',
    localAddress: from,
    remoteAddress: to,
    contact: request.headers.get('Contact') ?? '',
    remoteTarget: targetOf(response) ?? request.uri,
    routeSet: response.headers.list('Record-Route').reverse(),
    localCseq: cseqOf(request).number,
    remoteCseq: 0,
  };
}

/** The dialog that a request creates at its receiver (12.1.1). */
export function stateAsCallee(request: SipRequest, localTag: string, contact: string): DialogState {
  const from = request.headers.get('From') ?? '';
  const to = request.headers.get('To') ?? '';
  return {
    callId: request.headers.get('Call-ID') ?? '',
    localTag,
    remoteTag: tagIn(from) ?? '',
    localAddress: `${to};tag=${localTag}`,
    remoteAddress: from,
    contact,
    remoteTarget: targetOf(request) ?? parseNameAddr(from).uri,
    routeSet: request.headers.list('Record-Route'),
    localCseq: Math.floor(Math.random() * 10_000) + 1,
    remoteCseq: cseqOf(request).number,
  };
}

/** A new Contact in a re-INVITE, UPDATE or their 2xx moves the remote target (12.2.1.2, 12.2.2). */
export function refreshTarget(state: DialogState, message: SipMessage): void {
  state.remoteTarget = targetOf(message) ?? state.remoteTarget;
}

/**
 * A request within the dialog (12.2.1.1), without Via.
 * @param cseq of an ACK, the number of its INVITE; by default the next one
 */
export function requestWithin(
  state: DialogState,
  method: string,
  parts: { readonly cseq?: number; readonly headers?: HeaderValues | undefined; readonly body?: string } = {},
): SipRequest {
  const cseq = parts.cseq ?? ++state.localCseq;
  const headers = new SipHeaders();
  const { uri, routes } = routeOf(state);
  if (routes.length > 0) headers.set('Route', routes);
  headers
    .set('Max-Forwards', '70')
    .set('From', state.localAddress)
    .set('To', state.remoteAddress)
    .set('Call-ID', state.callId)
    .set('CSeq', `${cseq} ${method}`);
  if (method !== 'BYE' && state.contact !== '') headers.set('Contact', state.contact);
  headers.assign(parts.headers ?? {});
  const body = parts.body ?? '';
  if (body !== '' && !headers.has('Content-Type')) headers.set('Content-Type', 'application/sdp');
  return { kind: 'request', method, uri, headers, body };
}

/** Where a request of the dialog is sent: the first route, else the remote target. */
export function nextHopOf(state: DialogState): string {
  const first = state.routeSet[0];
  return first === undefined ? state.remoteTarget : parseNameAddr(first).uri;
}

export function targetOf(message: SipMessage): string | undefined {
  const contact = message.headers.list('Contact')[0];
  if (contact === undefined) return undefined;
  const { uri } = parseNameAddr(contact);
  return parseUri(uri) === undefined ? undefined : uri;
}

/** The key of a dialog: its Call-ID and both tags (12). */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}

function routeOf(state: DialogState): { uri: string; routes: readonly string[] } {
  const first = state.routeSet[0];
  if (first === undefined) return { uri: state.remoteTarget, routes: [] };
  const uri = parseNameAddr(first).uri;
  if (parseUri(uri)?.params.has('lr') !== false) return { uri: state.remoteTarget, routes: state.routeSet };
  // A strict router: it becomes the request URI, and the target the last route.
  return { uri, routes: [...state.routeSet.slice(1), `<${state.remoteTarget}>`] };
}

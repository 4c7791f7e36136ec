/** SIP messages as values: tolerant parse, strict serialise (RFC 3261 section 7). */
import { type HeaderValues, SipHeaders } from './headers.js';

export interface SipRequest {
  readonly kind: 'request';
  method: string;
  uri: string;
  headers: SipHeaders;
  /** As UTF-8 text; `''` when there is none. */
  body: string;
}

export interface SipResponse {
  readonly kind: 'response';
  status: number;
  reason: string;
  headers: SipHeaders;
  body: string;
}

export type SipMessage = SipRequest | SipResponse;

/** The message, or why the bytes are not a SIP message. */
export type ParseOutcome =
  | { readonly kind: 'parsed'; readonly message: SipMessage }
  | { readonly kind: 'malformed'; readonly why: string };

const REQUEST_LINE = /^([A-Za-z0-9.!%*_+`'~-]+) +(\S+) +SIP\/2\.0 *$/i;
const STATUS_LINE = /^SIP\/2\.0 +(\d{3})(?: +(.*))?$/i;
const REQUIRED = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const;

const REASONS: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  199: 'Early Dialog Terminated',
  200: 'OK',
  202: 'Accepted',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  305: 'Use Proxy',
  380: 'Alternative Service',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  422: 'Session Interval Too Small',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  485: 'Ambiguous',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  489: 'Bad Event',
  491: 'Request Pending',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};

/** The reason phrase that belongs to a status. */
export function reasonPhrase(status: number): string {
  return REASONS[status] ?? 'Unknown';
}

/**
 * Parses one message. Bare line feeds, folded headers, compact names and leading blank lines are accepted; a
 * message without a mandatory header is `malformed`. Never throws.
 *
 * @param fill placeholders for missing headers, for text that is not from the network (the admin protocol's)
 */
export function parseMessage(text: string, fill?: HeaderValues): ParseOutcome {
  const trimmed = text.replace(/^(?:\r?\n)+/, '');
  const split = /\r?\n\r?\n/.exec(trimmed);
  const head = split === null ? trimmed.replace(/\r?\n$/, '') : trimmed.slice(0, split.index);
  const rest = split === null ? '' : trimmed.slice(split.index + split[0].length);
  const lines = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const start = parseStartLine(lines[0] ?? '');
  if (start === undefined) return { kind: 'malformed', why: 'start line' };

  const headers = new SipHeaders();
  for (const line of lines.slice(1)) {
    const colon = line.indexOf(':');
    // A line that is not a header is skipped: the message may still be usable.
    if (colon > 0) headers.add(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  for (const [name, value] of Object.entries(fill ?? {})) if (!headers.has(name)) headers.set(name, value);
  if (fill === undefined) {
    const missing = REQUIRED.find((name) => !headers.has(name));
    if (missing !== undefined) return { kind: 'malformed', why: `no ${missing}` };
  }
  const body = bodyOf(headers, rest);
  if (body === undefined) return { kind: 'malformed', why: 'Content-Length' };
  return { kind: 'parsed', message: { ...start, headers, body } };
}

function parseStartLine(line: string): StartLine | undefined {
  const status = STATUS_LINE.exec(line);
  if (status !== null) {
    const code = Number(status[1]);
    return code < 100 || code > 699 ? undefined : { kind: 'response', status: code, reason: status[2] ?? '' };
  }
  const request = REQUEST_LINE.exec(line);
  if (request?.[1] === undefined || request[2] === undefined) return undefined;
  return { kind: 'request', method: request[1].toUpperCase(), uri: request[2] };
}

type StartLine =
  | { kind: 'request'; method: string; uri: string }
  | { kind: 'response'; status: number; reason: string };

/**
 * The body that Content-Length delimits; all that follows the headers without one. What a datagram has beyond it is
 * discarded (RFC 3261 18.3). Undefined, as in Sofia-SIP, when the header is repeated, is not a number, or exceeds what
 * there is.
 */
function bodyOf(headers: SipHeaders, rest: string): string | undefined {
  const [value, ...more] = headers.getAll('Content-Length');
  if (value === undefined) return rest;
  if (more.length > 0 || !/^\d{1,9}$/.test(value)) return undefined;
  const bytes = Buffer.from(rest, 'utf8');
  const length = Number(value);
  if (length > bytes.length) return undefined;
  return length < bytes.length ? bytes.subarray(0, length).toString('utf8') : rest;
}

/** The message's bytes, with the correct Content-Length. */
export function serialise(message: SipMessage): Buffer {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason || reasonPhrase(message.status)}`;
  let text = `${start}\r\n`;
  for (const { name, value } of message.headers.entries()) {
    if (name !== 'Content-Length') text += `${name}: ${value}\r\n`;
  }
  text += `Content-Length: ${Buffer.byteLength(message.body)}\r\n\r\n${message.body}`;
  return Buffer.from(text, 'utf8');
}

/** The number and method of the CSeq header; number 0 when it is malformed. */
export function cseqOf(message: SipMessage): { readonly number: number; readonly method: string } {
  const match = /^(\d{1,10})\s+(\S+)/.exec(message.headers.get('CSeq') ?? '');
  return { number: Number(match?.[1] ?? 0), method: match?.[2]?.toUpperCase() ?? '' };
}

/** The `tag` of a From or To header. */
export function tagOf(message: SipMessage, name: 'From' | 'To'): string | undefined {
  return tagIn(message.headers.get(name) ?? '');
}

/** The `tag` parameter in a From or To value. */
export function tagIn(value: string): string | undefined {
  const params = value.slice(value.lastIndexOf('>') + 1);
  return /;\s*tag\s*=\s*([^;,\s]+)/i.exec(params)?.[1];
}

/** A response with the headers copied from its request (RFC 3261 8.2.6.2). */
export function responseTo(request: SipRequest, status: number, reason?: string): SipResponse {
  const headers = new SipHeaders();
  for (const name of ['Via', 'Record-Route', 'From', 'To', 'Call-ID', 'CSeq']) {
    if (name === 'Record-Route' && (status < 101 || status > 299)) continue;
    for (const value of request.headers.getAll(name)) headers.add(name, value);
  }
  return { kind: 'response', status, reason: reason ?? reasonPhrase(status), headers, body: '' };
}

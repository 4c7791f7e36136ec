/** SIP URIs and name-addr values, as far as routing and dialogs need them (RFC 3261 19.1, 20.10). */

import type { SipProtocol } from '../transport/transport.js';

export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** Including a password, unescaped. */
  readonly user?: string;
  /** Without the brackets of an IPv6 reference. */
  readonly host: string;
  readonly port?: number;
  /** Names in lower case; a parameter without a value is `''`. */
  readonly params: ReadonlyMap<string, string>;
}

export interface NameAddr {
  readonly displayName?: string;
  readonly uri: string;
  readonly params: ReadonlyMap<string, string>;
}

const URI = /^(sips?):(?:([^@]*)@)?(\[[^\]]+\]|[^:;?>\s]+)(?::(\d{1,5}))?((?:;[^?]*)?)(?:\?.*)?$/i;

/** Undefined when it is not a `sip:` or `sips:` URI. */
export function parseUri(text: string): SipUri | undefined {
  const match = URI.exec(text.trim());
  const host = match?.[3];
  if (match === null || host === undefined) return undefined;
  const port = match[4] === undefined ? undefined : Number(match[4]);
  if (port !== undefined && port > 65_535) return undefined;
  return {
    scheme: match[1]?.toLowerCase() === 'sips' ? 'sips' : 'sip',
    host: host.replace(/^\[|\]$/g, ''),
    params: parseParams(match[5] ?? ''),
    ...(match[2] === undefined ? {} : { user: match[2] }),
    ...(port === undefined ? {} : { port }),
  };
}

/** `"Name" <uri>;params`, `<uri>;params` or `uri;params`. */
export function parseNameAddr(value: string): NameAddr {
  const open = value.indexOf('<');
  const close = value.indexOf('>', open);
  if (open >= 0 && close > open) {
    const name = value.slice(0, open).trim().replace(/^"|"$/g, '');
    return {
      uri: value.slice(open + 1, close).trim(),
      params: parseParams(value.slice(close + 1)),
      ...(name === '' ? {} : { displayName: name }),
    };
  }
  const semicolon = value.indexOf(';');
  if (semicolon < 0) return { uri: value.trim(), params: new Map() };
  // Without brackets, parameters belong to the header (RFC 3261 20.10).
  return { uri: value.slice(0, semicolon).trim(), params: parseParams(value.slice(semicolon)) };
}

/** What a URI is sent over: UDP unless it says otherwise (RFC 3261 19.1.1); unknown names are given as they are. */
export function transportOf({ scheme, params }: SipUri): string {
  return params.get('transport')?.toLowerCase() ?? (scheme === 'sips' ? 'tls' : 'udp');
}

/** The same of a URI's text, for those that can be sent to. */
export function protocolOf(uri: string): SipProtocol {
  const parsed = parseUri(uri);
  const transport = parsed === undefined ? 'udp' : transportOf(parsed);
  return transport === 'tcp' || transport === 'tls' ? transport : 'udp';
}

/** `;a=1;b` as a map. */
export function parseParams(text: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const part of text.split(';')) {
    const [name = '', ...value] = part.split('=');
    if (name.trim() !== '')
      params.set(name.trim().toLowerCase(), value.join('=').trim().replace(/^"|"$/g, ''));
  }
  return params;
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number | undefined): string {
  const shown = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? shown : `${shown}:${port}`;
}

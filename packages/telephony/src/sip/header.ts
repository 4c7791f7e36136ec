import type { SipMessage } from '../drachtio/srf-types.js';

/** The first value of a header, by its name in lower case; undefined when there is none. */
export function firstHeader(message: SipMessage, name: string): string | undefined {
  const value = message.msg.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** The URI of a header such as Contact, in brackets or not (RFC 3261 section 20); undefined when there is none. */
export function uriOf(value: string | undefined): string | undefined {
  const uri = /<([^>]*)>/.exec(value ?? '')?.[1] ?? value?.split(/[;,]/, 1)[0]?.trim();
  return uri === undefined || uri === '' || uri === '*' ? undefined : uri;
}

/** The tag of a To or From header; undefined when there is none. */
export function tagOf(value: string | undefined): string | undefined {
  // A URI in brackets may have a parameter of that name too.
  return /;\s*tag\s*=\s*([^;\s]+)/i.exec((value ?? '').replace(/^.*>/, ''))?.[1];
}

/** The number of a message's CSeq header; 0 when it cannot be read. */
export function cseqOf(message: SipMessage): number {
  return Number.parseInt(firstHeader(message, 'cseq') ?? '', 10) || 0;
}

/** The headers with others replaced or added; names are compared regardless of case. */
export function withHeaders(
  headers: Readonly<Record<string, string>>,
  others: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.keys(others);
  // As a rule, since few jobs have headers of their own.
  if (names.length === 0) return { ...headers };
  if (Object.keys(headers).length === 0) return { ...others };
  const replaced = new Set(names.map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  return Object.assign(Object.fromEntries(kept), others);
}

import { z } from 'zod';

/**
 * Headers that the SIP stack owns: setting one would break or hijack the dialog (RFC 3261, sections 8.1.1,
 * 12 and 22; RFC 3262; RFC 4028) or the routing and identity that the trunk's configuration decides.
 */
const OWNED_BY_THE_STACK = new Set(
  [
    'Via',
    'v',
    'From',
    'f',
    'To',
    't',
    'Call-ID',
    'i',
    'CSeq',
    'Contact',
    'm',
    'Max-Forwards',
    'Route',
    'Record-Route',
    'Content-Length',
    'l',
    'Content-Type',
    'c',
    'Content-Encoding',
    'e',
    'Content-Disposition',
    'Authorization',
    'Proxy-Authorization',
    'WWW-Authenticate',
    'Proxy-Authenticate',
    'Authentication-Info',
    'Require',
    'Proxy-Require',
    'Supported',
    'k',
    'Unsupported',
    'Allow',
    'Allow-Events',
    'u',
    'Event',
    'o',
    'RSeq',
    'RAck',
    'Session-Expires',
    'x',
    'Min-SE',
    'Refer-To',
    'r',
    'Referred-By',
    'b',
    'Replaces',
    'Join',
    'Expires',
    'Min-Expires',
    'MIME-Version',
    'Identity',
    'Path',
    'Service-Route',
    'Reason',
    'Timestamp',
  ].map((name) => name.toLowerCase()),
);

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** zod: custom SIP headers of the INVITE, by name; at most 64, none that breaks out of its line. */
export const sipHeadersSchema = z.record(z.string(), z.string().max(2048)).superRefine((headers, context) => {
  const names = Object.keys(headers);
  if (names.length > 64) context.addIssue({ code: 'custom', message: 'at most 64 headers' });
  const seen = new Set<string>();
  for (const name of names) {
    const value = headers[name] ?? '';
    const problem = headerProblem(name, value, seen);
    seen.add(name.toLowerCase());
    if (problem !== null) context.addIssue({ code: 'custom', path: [name], message: problem, input: value });
  }
});

function headerProblem(name: string, value: string, seen: ReadonlySet<string>): string | null {
  const lower = name.toLowerCase();
  if (name.length > 64 || !TOKEN.test(name))
    return 'a header name is a token of at most 64 characters (RFC 3261, section 25.1)';
  if (OWNED_BY_THE_STACK.has(lower)) return `${name} belongs to the SIP stack and may not be set`;
  // drachtio-srf keeps headers as properties of an object, and finds this one there already.
  if (lower in Object.prototype) return `${name} cannot be sent`;
  if (seen.has(lower)) return `${name} is given twice`;
  if (CONTROL.test(value)) return 'a header value holds no line break or other control character';
  return null;
}

/** After a line's end, neither a folded line nor one with a colon after its first word, as drachtio-srf reads them. */
const STRAY_LINE = /\r\n(?![ \t]|\S*?\s*:)[^\r\n]*(?=\r\n)/g;

/**
 * A message of drachtio without header lines that are none. A far end can send them, drachtio passes them on, and
 * drachtio-srf gives up the whole message over one: a call would never hear of its answer. The first two lines are
 * drachtio's own and SIP's start line.
 */
export function withoutStrayLines(message: string): string {
  const start = message.indexOf('\r\n', message.indexOf('\r\n') + 2);
  const end = message.indexOf('\r\n\r\n', start);
  if (start < 0 || end < 0) return message;
  const head = message.slice(start, end + 2);
  const readable = head.replaceAll(STRAY_LINE, '');
  return readable.length === head.length
    ? message
    : message.slice(0, start) + readable + message.slice(end + 2);
}

/** A line that is neither folded nor has a colon after its first word, which is how drachtio-srf reads headers. */
const STRAY_LINE = /\r\n(?![ \t]|\S*?\s*:)[^\r\n]*(?=\r\n)/g;

/**
 * A drachtio message without lines that are no SIP headers. A far end can send them, drachtio passes them on, and
 * drachtio-srf drops the whole message because of one: a call would never learn of its answer. The first two lines are
 * drachtio's own and the SIP start line.
 */
export function sanitizeMessage(message: string): string {
  const start = message.indexOf('\r\n', message.indexOf('\r\n') + 2);
  const end = message.indexOf('\r\n\r\n', start);
  if (start < 0 || end < 0) return message;
  const head = message.slice(start, end + 2);
  const sanitized = head.replaceAll(STRAY_LINE, '');
  return sanitized.length === head.length
    ? message
    : message.slice(0, start) + sanitized + message.slice(end + 2);
}

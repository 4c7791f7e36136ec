import { CampaignError } from './campaign-error.js';
import { decodeUtf8 } from './decode-utf8.js';

/** A line of more bytes is no call job. */
const LINE_BYTES_MAX = 1_048_576;
const LINE_END = 0x0a;

/** Decodes a file as it comes, in pieces that end with a line. Throws `CampaignError` for what is not UTF-8. */
export async function* decodeLines(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let line = 1;
  const decode = (piece: Uint8Array): string => {
    const decoded = decodeUtf8(piece);
    if ('line' in decoded) throw new CampaignError([{ ...decoded, line: line + decoded.line - 1, path: '' }]);
    for (let at = piece.indexOf(LINE_END); at >= 0; at = piece.indexOf(LINE_END, at + 1)) line += 1;
    return decoded.text;
  };
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LINE_END) + 1;
    if (end > 0) {
      yield decode(Buffer.concat([...held, chunk.subarray(0, end)]));
      held = [];
      heldBytes = 0;
    }
    const rest = chunk.subarray(end);
    heldBytes += rest.length;
    if (heldBytes > LINE_BYTES_MAX)
      throw new CampaignError([{ line, path: '', message: `it has more than ${LINE_BYTES_MAX} bytes` }]);
    if (rest.length > 0) held.push(rest);
  }
  if (heldBytes > 0) yield decode(Buffer.concat(held));
}

/** Decodes a file that must be UTF-8, or names the first line that is not. */
export function decodeUtf8(bytes: Uint8Array): { text: string } | { line: number; message: string } {
  const text = decode(bytes);
  if (text !== null) return { text };
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end;
    if (decode(bytes.subarray(from, to)) === null) break;
    from = to + 1;
  }
  return { line, message: 'its bytes are not UTF-8; save the file as UTF-8' };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

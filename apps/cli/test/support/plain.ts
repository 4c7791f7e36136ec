import { stripVTControlCharacters } from 'node:util';

/** Lines without colours, which they have on some CI servers. */
export function plain(lines: readonly string[]): string[] {
  return lines.map((line) => stripVTControlCharacters(line));
}

/**
 * Splits an argument string as `switch_separate_string` does: at blanks, or at the character after `^^`
 * (`^^|a|b c|`). Quotes protect blanks and are removed; a trailing empty argument is not counted.
 *
 * @param limit the maximum number of arguments; the last one keeps the rest
 */
export function separate(text: string, limit = Number.POSITIVE_INFINITY): string[] {
  const custom = /^\^\^(.)/s.exec(text)?.[1];
  const parts =
    custom === undefined || custom === ' '
      ? splitAt(text.replace(/^\^\^ /, ''), /\s/, true, limit)
      : splitAt(text.slice(3), new RegExp(`[${custom.replace(/[\\\]^-]/, '\\$&')}]`), false, limit);
  return parts.map(unquote);
}

function splitAt(text: string, delimiter: RegExp, doesSkipEmpty: boolean, limit: number): string[] {
  const parts: string[] = [];
  let start = 0;
  let quote = false;
  const cut = (end: number) => {
    if (end > start || !doesSkipEmpty) parts.push(text.slice(start, end));
    start = end + 1;
  };
  for (let i = 0; i < text.length && parts.length < limit - 1; i++) {
    const character = text[i] as string;
    if (character === '\\') i++;
    else if (character === "'") quote = !quote;
    else if (!quote && delimiter.test(character)) cut(i);
  }
  if (start < text.length) parts.push(text.slice(start));
  return parts;
}

function unquote(text: string): string {
  const trimmed = text.trim();
  const inner = /^'(.*)'$/s.exec(trimmed)?.[1] ?? trimmed;
  return inner.replace(/\\(['"\\nrts])/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', s: ' ' };

import { CST, Lexer } from 'yaml';

/** Precedes the text of a scalar among the lexer's tokens. */
const SCALAR = '\u{1f}';

/**
 * The offset of the first alias, anchor or tag of a YAML text, or null. A configuration needs none of them, and a secret that
 * starts with `*`, `&` or `!` and is not quoted would be taken for one.
 */
export function findUnquotedValue(text: string): number | null {
  let offset = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    const type = isScalar ? 'text' : CST.tokenType(token);
    isScalar = token === SCALAR;
    // Marks that the lexer adds are no part of the text.
    if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') continue;
    if (type === 'alias' || type === 'anchor' || type === 'tag') return offset;
    offset += token.length;
  }
  return null;
}

/** A contact of a redirect. */
interface Contact {
  uri: string;
  /** Its preference, 0 to 1 (RFC 3261, section 20.10). */
  q: number;
}

/**
 * The URIs of a redirect's Contact headers, the preferred first (RFC 3261, section 8.1.3.4). Takes several headers, several
 * contacts in one, display names with commas, and parameters of the header (`;q=0.5`) apart from those of the URI.
 */
export function contactUris(values: readonly string[]): string[] {
  return values
    .flatMap(splitList)
    .flatMap((value) => parseContact(value) ?? [])
    .sort((a, b) => b.q - a.q)
    .map(({ uri }) => uri);
}

/** At commas outside of quotes and angle brackets. */
function splitList(value: string): string[] {
  return value.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<])+/g) ?? [];
}

function parseContact(value: string): Contact | null {
  const [, bracketed, parameters] = /^\s*(?:"(?:[^"\\]|\\.)*"\s*|[^<"]*)<([^>]*)>(.*)$/s.exec(value) ?? [];
  if (bracketed !== undefined) return { uri: bracketed.trim(), q: qOf(parameters ?? '') };
  // Without brackets, what follows a semicolon belongs to the header (RFC 3261, section 20.10).
  const [uri = '', ...rest] = value.trim().split(';');
  return uri === '' || uri === '*' ? null : { uri: uri.trim(), q: qOf(`;${rest.join(';')}`) };
}

function qOf(parameters: string): number {
  const q = /;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)/i.exec(parameters)?.[1];
  return q === undefined ? 1 : Math.min(1, Number(q));
}

/** One `Digest` challenge of a WWW-Authenticate or Proxy-Authenticate header (RFC 7616, section 3.3). */
export interface Challenge {
  /** As it stands between the quotes, escapes included: it is hashed and sent back like that. */
  realm: string;
  nonce: string;
  opaque: string | null;
  /** As the server spells it, or null where it names none (then MD5 is meant). */
  algorithm: string | null;
  /** The offered qualities of protection in lower case; empty where it offers none (RFC 2069). */
  qop: readonly string[];
  /** Only the nonce is too old: the credentials were right. */
  stale: boolean;
}

/**
 * The Digest challenges of a header's values, in their order. Takes what servers really send: several headers, several
 * challenges in one header, commas within quotes, any spacing and case, unquoted values. Other schemes, and Digest
 * challenges without a nonce, are left out.
 */
export function parseChallenges(values: readonly string[]): Challenge[] {
  return values
    .flatMap(readSchemes)
    .filter(({ scheme }) => scheme === 'digest')
    .flatMap(({ params }) => {
      const nonce = params.get('nonce');
      return nonce === undefined ? [] : [challengeOf(params, nonce)];
    });
}

function challengeOf(params: ReadonlyMap<string, string>, nonce: string): Challenge {
  const qop =
    params
      .get('qop')
      ?.toLowerCase()
      .match(/[^\s,"]+/g) ?? [];
  return {
    realm: params.get('realm') ?? '',
    nonce,
    opaque: params.get('opaque') ?? null,
    algorithm: params.get('algorithm') ?? null,
    qop,
    stale: params.get('stale')?.toLowerCase() === 'true',
  };
}

interface SchemeParams {
  scheme: string;
  params: Map<string, string>;
}

const TOKEN = /[^\s",=]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const EQUALS = /\s*=\s*/y;
const SEPARATORS = /[\s,]+/y;
const SPACE_BEFORE_WORD = /\s+(?=[^\s",=])/y;

/**
 * A word before a `=` is a parameter, and one before another word begins a scheme. A word that stands alone goes on with the
 * list of an unquoted `qop=auth,auth-int`.
 */
function readSchemes(value: string): SchemeParams[] {
  const schemes: SchemeParams[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(value);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  while (position < value.length) {
    take(SEPARATORS);
    const word = take(TOKEN)?.[0];
    const params = schemes.at(-1)?.params;
    if (word === undefined) {
      // Neither a word nor a separator: a stray quote or equals sign is skipped.
      position += 1;
    } else if (take(EQUALS) !== null) {
      params?.set(word.toLowerCase(), take(QUOTED)?.[1] ?? take(TOKEN)?.[0] ?? '');
    } else if (take(SPACE_BEFORE_WORD) !== null) {
      schemes.push({ scheme: word.toLowerCase(), params: new Map() });
    } else if (params?.has('qop')) {
      params.set('qop', `${params.get('qop')},${word}`);
    }
  }
  return schemes;
}

/** The header section of a SIP message: ordered, case-insensitive, compact names expanded (RFC 3261 7.3). */

const COMPACT: ReadonlyMap<string, string> = new Map([
  ['a', 'Accept-Contact'],
  ['b', 'Referred-By'],
  ['c', 'Content-Type'],
  ['e', 'Content-Encoding'],
  ['f', 'From'],
  ['i', 'Call-ID'],
  ['k', 'Supported'],
  ['l', 'Content-Length'],
  ['m', 'Contact'],
  ['o', 'Event'],
  ['r', 'Refer-To'],
  ['s', 'Subject'],
  ['t', 'To'],
  ['u', 'Allow-Events'],
  ['v', 'Via'],
  ['x', 'Session-Expires'],
]);

const CANONICAL = new Map(
  [
    ...COMPACT.values(),
    ...[
      'Allow',
      'Accept',
      'Authorization',
      'CSeq',
      'Content-Disposition',
      'Expires',
      'MIME-Version',
      'Max-Forwards',
    ],
    ...[
      'P-Asserted-Identity',
      'Proxy-Authenticate',
      'Proxy-Authorization',
      'RAck',
      'RSeq',
      'Reason',
      'Record-Route',
    ],
    ...['Require', 'Retry-After', 'Route', 'Server', 'User-Agent', 'WWW-Authenticate'],
  ].map((name) => [name.toLowerCase(), name]),
);

/**
 * `call-id`, `i` and `CALL-ID` are all `Call-ID`; an unknown name stays as given, its words capitalised if it
 * has no capital.
 */
export function canonicalName(name: string): string {
  const given = name.trim();
  const lower = given.toLowerCase();
  const known = COMPACT.get(lower) ?? CANONICAL.get(lower);
  if (known !== undefined) return known;
  return given === lower ? lower.replace(/(^|-)([a-z])/g, (_, dash, c) => dash + c.toUpperCase()) : given;
}

function keyOf(name: string): string {
  const lower = name.toLowerCase();
  return COMPACT.get(lower)?.toLowerCase() ?? lower;
}

/** Splits a header value at commas outside quotes and angle brackets. */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return [value];
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  let depth = 0;
  for (let i = 0; i < value.length; i++) {
    const c = value[i];
    if (isQuoted) {
      if (c === '\\') i++;
      else if (c === '"') isQuoted = false;
    } else if (c === '"') isQuoted = true;
    else if (c === '<') depth++;
    else if (c === '>') depth--;
    else if (c === ',' && depth <= 0) {
      parts.push(value.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(value.slice(start).trim());
  return parts.filter((part) => part !== '');
}

/** Header values by name: one value, or several lines of the same name. */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

interface Line {
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

export class SipHeaders {
  #lines: Line[] = [];

  constructor(values: HeaderValues = {}) {
    this.assign(values);
  }

  /** The first value of that name. */
  get(name: string): string | undefined {
    const key = keyOf(name);
    return this.#lines.find((line) => line.key === key)?.value;
  }

  /** Every header line of that name, unsplit. */
  getAll(name: string): string[] {
    const key = keyOf(name);
    return this.#lines.filter((line) => line.key === key).map((line) => line.value);
  }

  /** Every value of a list header (Via, Route, Contact, ...): lines with several values are split. */
  list(name: string): string[] {
    return this.getAll(name).flatMap(splitList);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Replaces every line of that name, at the first one's position. */
  set(name: string, value: string | readonly string[]): this {
    const key = keyOf(name);
    const at = this.#lines.findIndex((line) => line.key === key);
    const kept = at < 0 ? this.#lines : this.#lines.filter((line) => line.key !== key);
    const values = typeof value === 'string' ? [value] : value;
    kept.splice(at < 0 ? kept.length : at, 0, ...values.map((text) => lineOf(name, text)));
    this.#lines = kept;
    return this;
  }

  /** Appends a line. */
  add(name: string, value: string): this {
    this.#lines.push(lineOf(name, value));
    return this;
  }

  /** Prepends a line: Via and Record-Route are stacks. */
  prepend(name: string, value: string): this {
    this.#lines.unshift(lineOf(name, value));
    return this;
  }

  delete(name: string): this {
    const key = keyOf(name);
    this.#lines = this.#lines.filter((line) => line.key !== key);
    return this;
  }

  assign(values: HeaderValues): this {
    for (const [name, value] of Object.entries(values)) this.set(name, value);
    return this;
  }

  clone(): SipHeaders {
    const copy = new SipHeaders();
    copy.#lines = [...this.#lines];
    return copy;
  }

  entries(): readonly Line[] {
    return this.#lines;
  }
}

function lineOf(name: string, value: string): Line {
  return { key: keyOf(name.trim()), name: canonicalName(name), value: oneLine(value) };
}

/** Folds line breaks: a value must not start a header line of its own. */
function oneLine(value: string): string {
  return /[\r\n]/.test(value) ? value.replace(/\s*[\r\n]+\s*/g, ' ') : value;
}

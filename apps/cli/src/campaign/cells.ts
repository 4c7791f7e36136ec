/** A column of text that is handed on as it stands. */
const asText = (text: string): unknown => text;

/** A cell that cannot be read stays text, which the contract refuses by name. */
const asNumber = (text: string): unknown => (Number.isFinite(Number(text)) ? Number(text) : text);

const asTimeout = (text: string): unknown => (text.toLowerCase() === 'none' ? null : asNumber(text));

/** Epoch milliseconds, or a date that JavaScript reads (`2030-01-31T18:00:00Z`). */
const asMoment = (text: string): unknown => {
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(at) ? text : at;
};

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  id: asText,
  callTo: asText,
  callFrom: asText,
  secondsTimeout: asTimeout,
  codecs: asText,
  liveSpeakerDetect: (text) => text.toUpperCase(),
  lsdTimeoutMilliseconds: asNumber,
  lane: asText,
  trunk: asText,
  expiresAt: asMoment,
  maxDurationSeconds: asNumber,
};
/** `headers.X-Campaign` and `metadata.customer`: one column for each entry. */
const SECTION = /^(headers|metadata)\.(.+)$/;

/** What the columns of a campaign file may be called, for messages and help. */
export const KNOWN_COLUMNS: readonly string[] = [...Object.keys(READERS), 'headers.NAME', 'metadata.NAME'];

export function isKnownColumn(column: string): boolean {
  return Object.hasOwn(READERS, column) || SECTION.test(column);
}

/** The cells of one row as a call job to be checked; an empty cell is left out, so that its default holds. */
export function toJobInput(
  cells: Iterable<readonly [column: string, text: string]>,
): Record<string, unknown> {
  const fields: Array<[string, unknown]> = [];
  const sections: Record<string, Array<[string, string]>> = { headers: [], metadata: [] };
  for (const [column, text] of cells) {
    if (text === '') continue;
    const [, section = '', name = ''] = SECTION.exec(column) ?? [];
    if (section === '') fields.push([column, READERS[column]?.(text)]);
    else sections[section]?.push([name, text]);
  }
  for (const [section, entries] of Object.entries(sections)) {
    if (entries.length > 0) fields.push([section, Object.fromEntries(entries)]);
  }
  return Object.fromEntries(fields);
}

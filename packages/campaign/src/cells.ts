/** A column of text that is handed on as it stands. */
const asText = (text: string): unknown => text;

/** A cell that cannot be read stays text, which the contract refuses by name. */
const asNumber = (text: string): unknown => (Number.isFinite(Number(text)) ? Number(text) : text);

const asTimeout = (text: string): unknown => (text.toLowerCase() === 'none' ? null : asNumber(text));

/** ISO 8601 with an offset. */
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/i;
/** Epoch milliseconds from 2001 on: what is shorter are seconds. */
const EPOCH_MS = /^\d{13,15}$/;

/** What is said of a cell that is none. */
export const NO_MOMENT = 'is ISO 8601 with an offset, or epoch milliseconds';

/** What is no moment stays text, which the contract refuses. */
const asMoment = (text: string): unknown => {
  if (EPOCH_MS.test(text)) return Number(text);
  const at = MOMENT.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? text : at;
};

/** `Date.parse` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
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
  callerName: asText,
  resultsQueue: asText,
  label: asText,
  trunk: asText,
  expiresAt: asMoment,
  maxDurationSeconds: asNumber,
  silenceHangUpSeconds: asTimeout,
  onAnswered: asJson,
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

import { Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { type CampaignProblem, UNKNOWN_COLUMN } from './campaign-error.js';
import { isKnownColumn, toJobInput } from './cells.js';

/** One line's call job, not checked yet. */
export interface CampaignRow {
  /** Counted from 1, the header row included; of a row over several lines the last. */
  line: number;
  input: unknown;
  /** The row's texts, by their columns or fields. */
  cells: ReadonlyMap<string, string>;
  /** The columns that it leaves empty. */
  emptyCells: ReadonlySet<string>;
  /** Whether its values are JSON's own, rather than read from cells of text. */
  isJson: boolean;
}

/** A row, or what keeps a line from being one. */
export type CampaignItem = { row: CampaignRow } | { problem: CampaignProblem };

/** A cell of more characters is a quote that was not closed. */
const RECORD_LENGTH_MAX = 1_048_576;

/** Reads CSV (RFC 4180) with a header row. */
export async function* readCsv(texts: AsyncIterable<string>): AsyncGenerator<CampaignItem, void, undefined> {
  let columns: readonly string[] | null = null;
  try {
    for await (const { record, info } of parseRecords(texts)) {
      const line = info.lines;
      if (columns === null) {
        const problems = checkHeader(record, line);
        for (const problem of problems) yield { problem };
        if (problems.length > 0) return;
        columns = record;
      } else if (record.length === columns.length) {
        yield { row: { line, ...readCells(columns.map((column, at) => [column, record[at] ?? ''])) } };
      } else {
        const message = `it has ${record.length} cells, the header row ${columns.length}`;
        yield { problem: { line, path: '', message } };
      }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    yield { problem: { line, path: '', message: `it is not CSV: ${error.message}` } };
    return;
  }
  if (columns === null) for (const problem of checkHeader([], 1)) yield { problem };
}

/** Reads JSON lines: a call job in each. */
export async function* readJsonLines(
  texts: AsyncIterable<string>,
): AsyncGenerator<CampaignItem, void, undefined> {
  let line = 0;
  for await (const text of texts) {
    // Each piece ends with a line, but for the last.
    for (const content of text.replace(/\n$/, '').split('\n')) {
      line += 1;
      const json = line === 1 ? content.replace(/^\uFEFF/, '') : content;
      if (json.trim() !== '') yield readJsonLine(json, line);
    }
  }
}

function readJsonLine(content: string, line: number): CampaignItem {
  try {
    const input: unknown = JSON.parse(content);
    return { row: { line, input, cells: textsOf(input), emptyCells: new Set(), isJson: true } };
  } catch (error) {
    return { problem: { line, path: '', message: `it is not JSON: ${(error as Error).message}` } };
  }
}

async function* parseRecords(
  texts: AsyncIterable<string>,
): AsyncGenerator<{ record: string[]; info: Info }, void, undefined> {
  const parser = parse({
    bom: true,
    info: true,
    max_record_size: RECORD_LENGTH_MAX,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const source = Readable.from(texts);
  source.once('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    // With `info`, each record comes with its line; the types do not know.
    yield* parser as AsyncIterable<{ record: string[]; info: Info }>;
  } finally {
    source.destroy();
  }
}

function checkHeader(columns: readonly string[], line: number): CampaignProblem[] {
  const [only = ''] = columns;
  // As spreadsheets write it where the comma stands in numbers.
  if (columns.length === 1 && /[;\t]/.test(only)) {
    return [{ line, path: '', message: 'its cells are to be separated by commas', value: only }];
  }
  const problems = columns.flatMap((column, index): CampaignProblem[] => {
    if (columns.indexOf(column) !== index)
      return [{ line, path: column, message: 'the column is given twice' }];
    if (isKnownColumn(column)) return [];
    return [{ line, path: column, message: UNKNOWN_COLUMN }];
  });
  if (!columns.includes('callTo')) {
    problems.push({ line, path: 'callTo', message: 'the header row has no such column' });
  }
  return problems;
}

function readCells(cells: ReadonlyArray<readonly [string, string]>): Omit<CampaignRow, 'line'> {
  const emptyCells = new Set(cells.flatMap(([column, text]) => (text === '' ? [column] : [])));
  return { input: toJobInput(cells), cells: new Map(cells), emptyCells, isJson: false };
}

/** The texts of a JSON line by their fields, those of headers and metadata as `metadata.customer`. */
function textsOf(input: unknown): Map<string, string> {
  const texts = new Map<string, string>();
  const add = (object: unknown, prefix: string) => {
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return;
    for (const [name, value] of Object.entries(object)) {
      if (typeof value === 'string' || typeof value === 'number')
        texts.set(`${prefix}${name}`, String(value));
      if (prefix === '' && (name === 'metadata' || name === 'headers')) add(value, `${name}.`);
    }
  };
  add(input, '');
  return texts;
}

import type { FieldIssue } from '@outdial/contract';
import { CsvError, type Info } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { isKnownColumn, KNOWN_COLUMNS, toJobInput } from './cells.js';

/** A broken field of a campaign file: in which line, in which column (or path of a JSON line), and why. */
export interface CampaignProblem extends FieldIssue {
  line: number;
}

/** One line's call job, not checked yet. */
export interface CampaignRow {
  /** Counted from 1, the header row included; of a row over several lines the last. */
  line: number;
  input: unknown;
}

export interface CampaignRows {
  rows: CampaignRow[];
  problems: CampaignProblem[];
}

/** Reads CSV (RFC 4180) with a header row. */
export function readCsv(text: string): CampaignRows {
  const records = parseRecords(text);
  if ('problem' in records) return { rows: [], problems: [records.problem] };
  const [header, ...body] = records;
  const columns = header?.record ?? [];
  const headerProblems = checkHeader(columns, header?.info.lines ?? 1);
  if (headerProblems.length > 0) return { rows: [], problems: headerProblems };

  const rows: CampaignRow[] = [];
  const problems: CampaignProblem[] = [];
  for (const { record, info } of body) {
    const line = info.lines;
    if (record.length === columns.length) {
      rows.push({ line, input: toJobInput(columns.map((column, index) => [column, record[index] ?? ''])) });
    } else {
      const message = `it has ${record.length} cells, the header row ${columns.length}`;
      problems.push({ line, path: '', message });
    }
  }
  return { rows, problems };
}

/** Reads JSON lines: a call job in each. */
export function readJsonLines(text: string): CampaignRows {
  const rows: CampaignRow[] = [];
  const problems: CampaignProblem[] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    if (content.trim() === '') continue;
    try {
      rows.push({ line, input: JSON.parse(content) });
    } catch (error) {
      problems.push({ line, path: '', message: `it is not JSON: ${(error as Error).message}` });
    }
  }
  return { rows, problems };
}

type Records = Array<{ record: string[]; info: Info }>;

function parseRecords(text: string): Records | { problem: CampaignProblem } {
  try {
    // With `info`, each record comes with its line; the types do not know.
    return parse(text, {
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as Records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error.lines === 'number' ? error.lines : 1;
    return { problem: { line, path: '', message: `it is not CSV: ${error.message}` } };
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
      return [{ line, path: column, message: 'the column stands twice' }];
    if (isKnownColumn(column)) return [];
    return [{ line, path: column, message: `not a column; columns are ${KNOWN_COLUMNS.join(', ')}` }];
  });
  if (!columns.includes('callTo')) {
    problems.push({ line, path: 'callTo', message: 'the header row has no such column' });
  }
  return problems;
}

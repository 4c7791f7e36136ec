import {
  type CallJob,
  type CountryCode,
  type FieldIssue,
  jobIdSchema,
  newJobId,
  OutdialError,
  parseCallJob,
} from '@outdial/contract';
import { CampaignError, type CampaignProblem } from './campaign-error.js';
import { KNOWN_COLUMNS, NO_MOMENT } from './cells.js';
import { digestOf } from './digest.js';
import { IdLines } from './id-lines.js';
import type { CampaignItem, CampaignRow } from './rows.js';

export interface CampaignOptions {
  /** Rows without an id get `PREFIX-` and what `idColumn` has, or a digest of the job. */
  idPrefix?: string | undefined;
  /** The column that ids are made of. */
  idColumn?: string | undefined;
  /** Fields for every row that does not have them itself. */
  fields?: Readonly<Record<string, unknown>>;
  /** The country of numbers in national form. */
  defaultCountry?: CountryCode | undefined;
  /** Why a job, although valid, is not taken from this file; null: it is. */
  refuse?: (job: CallJob) => FieldIssue | null;
}

/** Reading ends with so many problems. */
const PROBLEMS_MAX = 1000;

/**
 * Checks the rows as they come, and returns the jobs, each with an id. When any row is invalid it throws `CampaignError` in the
 * end: only then, and not before, may the jobs be queued.
 */
export async function* checkCampaign(
  items: AsyncIterable<CampaignItem>,
  options: CampaignOptions,
): AsyncGenerator<CallJob, void, undefined> {
  const found: CampaignProblem[] = [];
  const ids = new IdLines();
  for await (const item of items) {
    const checked = 'problem' in item ? [item.problem] : checkRow(item.row, options);
    if (Array.isArray(checked)) {
      found.push(...checked);
      if (found.length >= PROBLEMS_MAX) break;
      continue;
    }
    const { line } = (item as { row: CampaignRow }).row;
    const earlier = ids.note(checked.id, line);
    if (earlier !== undefined)
      found.push({ line, path: 'id', message: `line ${earlier} has the same id`, value: checked.id });
    yield checked;
  }
  if (found.length > 0) throw new CampaignError(found, KNOWN_COLUMNS);
}

/** The job of a row, or what is wrong with it. */
function checkRow(row: CampaignRow, options: CampaignOptions): CallJob | CampaignProblem[] {
  const { line, input } = row;
  const problem = (path: string, message: string, value?: unknown): CampaignProblem[] => [
    { line, path, message, ...(value !== undefined && { value }) },
  ];
  try {
    const id = idOfColumn(row, options);
    if (typeof id === 'object' && id !== null) return problem(id.path, id.message);
    const fields = isObject(input) ? { ...options.fields, id: id ?? newJobId(), ...input } : input;
    const job = parseCallJob(fields, options);
    if (job.expiresAt !== undefined && job.expiresAt <= Date.now())
      return problem('expiresAt', `${new Date(job.expiresAt).toISOString()} is in the past`);
    const refused = options.refuse?.(job) ?? null;
    if (refused !== null) return [{ ...refused, line }];
    if (id !== null || isNamed(input) || options.idPrefix === undefined) return job;
    const parsed = jobIdSchema.safeParse(`${options.idPrefix}-${digestOf(job)}`);
    if (parsed.success) return { ...job, id: parsed.data };
    return problem('id', `the prefix makes no id: ${parsed.error.issues[0]?.message ?? 'invalid'}`);
  } catch (error) {
    if (!(error instanceof OutdialError)) throw error;
    return error.issues.map((issue) => ({ ...issue, line, message: messageOf(issue, row) }));
  }
}

/** In the words of the file, where those of the contract are about JSON. */
function messageOf({ path, message, value }: FieldIssue, { input, emptyCells, isJson }: CampaignRow): string {
  if (value === undefined && emptyCells.has(path)) return `is empty (${message})`;
  const isCell = !isJson || (isObject(input) && !Object.hasOwn(input, path));
  return isCell && path === 'expiresAt' && typeof value === 'string' ? NO_MOMENT : message;
}

/** The id that `idColumn` makes; null when the row has its own, or when no column is named. */
function idOfColumn(
  { input, cells }: CampaignRow,
  { idPrefix, idColumn }: CampaignOptions,
): string | { path: string; message: string } | null {
  if (idColumn === undefined || isNamed(input)) return null;
  const cell = cells.get(idColumn);
  if (cell === undefined)
    return { path: idColumn, message: 'there is no such column, which ids are to be made of' };
  if (cell === '') return { path: idColumn, message: 'is empty, and ids are to be made of it' };
  const parsed = jobIdSchema.safeParse(`${idPrefix === undefined ? '' : `${idPrefix}-`}${cell}`);
  if (parsed.success) return parsed.data;
  return { path: idColumn, message: `makes no id: ${parsed.error.issues[0]?.message ?? 'invalid'}` };
}

function isNamed(input: unknown): boolean {
  return isObject(input) && typeof input.id === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { type CallJob, newJobId, OutdialError, parseCallJob } from '@outdial/contract';
import { type CampaignProblem, type CampaignRow, readCsv, readJsonLines } from './rows.js';

export interface CampaignOptions {
  /** Rows without an id get `PREFIX-LINE`, so that the same file enqueued again is the same jobs. */
  idPrefix?: string | undefined;
}

const PROBLEMS_SHOWN = 20;

/** Reads a campaign file by name (`-`: standard input); JSON lines are told by their ending or first character. */
export async function readCampaign(path: string, options: CampaignOptions): Promise<CallJob[]> {
  const content = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
  const isJson = /\.(jsonl|ndjson)$/i.test(path) || (path === '-' && content.trimStart().startsWith('{'));
  return checkCampaign(isJson ? readJsonLines(content) : readCsv(content), options);
}

/**
 * Checks every row and answers the jobs, each with an id. Throws `INVALID_JOB` when any is broken; its issues'
 * paths are `LINE.COLUMN`.
 */
export function checkCampaign(
  { rows, problems }: { rows: readonly CampaignRow[]; problems: readonly CampaignProblem[] },
  { idPrefix }: CampaignOptions,
): CallJob[] {
  const found = [...problems];
  const lineOfId = new Map<string, number>();
  const jobs: CallJob[] = [];
  for (const { line, input } of rows) {
    const job = checkRow(withId(input, idPrefix === undefined ? newJobId() : `${idPrefix}-${line}`));
    if ('issues' in job) {
      found.push(...job.issues.map((issue) => ({ ...issue, line })));
      continue;
    }
    const earlier = lineOfId.get(job.id);
    if (earlier !== undefined) {
      found.push({ line, path: 'id', message: `stands on line ${earlier} already`, value: job.id });
    }
    lineOfId.set(job.id, line);
    jobs.push(job);
  }
  if (found.length > 0) throw refusal(found);
  return jobs;
}

function checkRow(input: unknown): CallJob | Pick<OutdialError, 'issues'> {
  try {
    return parseCallJob(input);
  } catch (error) {
    if (error instanceof OutdialError) return { issues: error.issues };
    throw error;
  }
}

function withId(input: unknown, id: string): unknown {
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isObject ? { id, ...input } : input;
}

function refusal(problems: readonly CampaignProblem[]): OutdialError {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  const shown = sorted.slice(0, PROBLEMS_SHOWN).map(describeProblem);
  const more = sorted.length - shown.length;
  const message = [
    `invalid campaign, so nothing was enqueued: ${shown.join('; ')}`,
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('; ');
  return new OutdialError('INVALID_JOB', message, {
    issues: sorted.map(({ line, path, ...issue }) => ({
      ...issue,
      path: path === '' ? `${line}` : `${line}.${path}`,
    })),
  });
}

function describeProblem({ line, path, message, value }: CampaignProblem): string {
  const column = path === '' ? '' : `, column "${path}"`;
  return `line ${line}${column}: ${message}${value === undefined ? '' : ` (got ${JSON.stringify(value)})`}`;
}

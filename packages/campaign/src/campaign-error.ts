import { type FieldIssue, OutdialError } from '@outdial/contract';

/** A broken field of a campaign file: in which line, in which column (or path of a JSON line), and why. */
export interface CampaignProblem extends FieldIssue {
  line: number;
}

/** What is said of a column that there is not. */
export const UNKNOWN_COLUMN = 'there is no such column';
const PROBLEMS_SHOWN = 20;

/** A campaign file that cannot be enqueued. Its `issues` have the paths `LINE.COLUMN`; `lines` is a line for each problem. */
export class CampaignError extends OutdialError {
  readonly lines: readonly string[];

  constructor(problems: readonly CampaignProblem[], columns: readonly string[] = []) {
    const sorted = problems.toSorted((a, b) => a.line - b.line);
    super('INVALID_JOB', 'invalid campaign, so nothing was enqueued', {
      issues: sorted.map(({ line, path, ...issue }) => ({
        ...issue,
        path: path === '' ? `${line}` : `${line}.${path}`,
      })),
    });
    const more = sorted.length - PROBLEMS_SHOWN;
    this.lines = [
      ...sorted.slice(0, PROBLEMS_SHOWN).map(describeProblem),
      ...(more > 0 ? [`and ${more} more`] : []),
      ...(sorted.some(({ message }) => message === UNKNOWN_COLUMN)
        ? [`columns are ${columns.join(', ')}`]
        : []),
    ];
  }
}

function describeProblem({ line, path, message, value }: CampaignProblem): string {
  const column = path === '' ? '' : `, column "${path}"`;
  return `line ${line}${column}: ${message}${value === undefined ? '' : ` (got ${JSON.stringify(value)})`}`;
}

import type { CallResult } from '@outdial/contract';
import { colours } from '../render/colours.js';
import { RESULT_COLUMNS } from '../render/result-line.js';
import { type Column, table } from '../render/table.js';
import { type DemoJob, deviations } from './demo-jobs.js';

/** A job of the demo, its results, and how they differ from the expected one. */
export interface CheckedJob extends DemoJob {
  results: readonly CallResult[];
  deviations: readonly string[];
}

export function checkJob(job: DemoJob, results: readonly CallResult[]): CheckedJob {
  return { ...job, results, deviations: deviations(job, results) };
}

/** The table of results, the deviations, and the totals. */
export function summaryLines(checkedJobs: readonly CheckedJob[], elapsedMs: number, width = 200): string[] {
  const wrong = checkedJobs.filter((checkedJob) => checkedJob.deviations.length > 0);
  const totals = `${checkedJobs.length - wrong.length} of ${checkedJobs.length} calls ended as expected, in ${(elapsedMs / 1000).toFixed(1)} s`;
  return [
    '',
    ...table(COLUMNS, checkedJobs, { width }),
    '',
    ...wrong.map(({ job, deviations: found }) => `${colours.red('✗')} ${job.callTo}: ${found.join('; ')}`),
    wrong.length === 0 ? colours.green(totals) : colours.red(totals),
  ];
}

/** The columns of a result, for jobs that may have none. */
const COLUMNS: readonly Column<CheckedJob>[] = [
  {
    title: '',
    cell: ({ deviations: found }) => (found.length === 0 ? '✓' : '✗'),
    colour: (text, { deviations: found }) => (found.length === 0 ? colours.green(text) : colours.red(text)),
  },
  { title: 'callee', cell: ({ callee }) => callee.name, maxWidth: 20 },
  ...RESULT_COLUMNS.map(
    ({ cell, colour, ...column }): Column<CheckedJob> => ({
      ...column,
      cell: ({ job, results: [result] }) =>
        result === undefined ? (column.title === 'destination' ? job.callTo : '?') : cell(result),
      colour: (text, { results: [result] }) =>
        result === undefined || colour === undefined ? text : colour(text, result),
    }),
  ),
];

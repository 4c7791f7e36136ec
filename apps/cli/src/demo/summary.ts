import type { CallResult } from '@outdial/contract';
import pc from 'picocolors';
import { RESULT_COLUMNS } from '../render/result-line.js';
import { type Column, table } from '../render/table.js';
import { type DemoJob, deviations } from './campaign.js';

/** A job of the demo, the results that it had, and how they differ from what its callee should make of it. */
export interface Judgement extends DemoJob {
  results: readonly CallResult[];
  deviations: readonly string[];
}

export function judge(job: DemoJob, results: readonly CallResult[]): Judgement {
  return { ...job, results, deviations: deviations(job, results) };
}

/** The table of results, what deviates, and the tally. */
export function summaryLines(judgements: readonly Judgement[], elapsedMs: number, width = 200): string[] {
  const wrong = judgements.filter((judgement) => judgement.deviations.length > 0);
  const tally = `${judgements.length - wrong.length} of ${judgements.length} calls ended as their callees make them end, in ${(elapsedMs / 1000).toFixed(1)} s`;
  return [
    '',
    ...table(COLUMNS, judgements, { width }),
    '',
    ...wrong.map(({ job, deviations: found }) => `${pc.red('✗')} ${job.callTo}: ${found.join('; ')}`),
    wrong.length === 0 ? pc.green(tally) : pc.red(tally),
  ];
}

/** The columns of a result, for a job that may have none. */
const COLUMNS: readonly Column<Judgement>[] = [
  {
    title: '',
    cell: ({ deviations: found }) => (found.length === 0 ? '✓' : '✗'),
    paint: (text, { deviations: found }) => (found.length === 0 ? pc.green(text) : pc.red(text)),
  },
  { title: 'callee', cell: ({ callee }) => callee.name, maxWidth: 20 },
  ...RESULT_COLUMNS.map(
    ({ cell, paint, ...column }): Column<Judgement> => ({
      ...column,
      cell: ({ job, results: [result] }) =>
        result === undefined ? (column.title === 'destination' ? job.callTo : '?') : cell(result),
      paint: (text, { results: [result] }) =>
        result === undefined || paint === undefined ? text : paint(text, result),
    }),
  ),
];

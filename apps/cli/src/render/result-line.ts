import type { CallResult, EndedRecord } from '@outdial/contract';
import { colours } from './colours.js';
import {
  colourState,
  colourVerdict,
  formatCause,
  formatClock,
  formatDestination,
  formatRawCause,
  formatSeconds,
  formatVerdict,
} from './format.js';
import { type Column, truncateDestination } from './table.js';

/** The columns of a table of results. */
export const RESULT_COLUMNS: readonly Column<CallResult>[] = [
  {
    title: 'destination',
    cell: ({ callTo }) => formatDestination(callTo),
    ...{ truncate: truncateDestination, maxWidth: 40, minWidth: 12 },
  },
  {
    title: 'state',
    cell: ({ state }) => state,
    colour: (text, { state }) => colourState(text, state),
    minWidth: 8,
  },
  { title: 'cause', cell: formatCause },
  { title: 'raw cause', cell: ({ rawCause }) => formatRawCause(rawCause), maxWidth: 30, isOptional: true },
  {
    title: 'verdict',
    cell: ({ verdict }) => formatVerdict(verdict),
    colour: (text, { verdict }) => colourVerdict(text, verdict),
    minWidth: 19,
  },
  {
    title: 'to ring',
    cell: ({ timeToRingMs }) => formatSeconds(timeToRingMs),
    align: 'right',
    isOptional: true,
  },
  {
    title: 'to answer',
    cell: ({ timeToAnswerMs }) => formatSeconds(timeToAnswerMs),
    align: 'right',
    isOptional: true,
  },
  {
    title: 'to verdict',
    cell: ({ timeToVerdictMs }) => formatSeconds(timeToVerdictMs),
    align: 'right',
    isOptional: true,
  },
];

/** A result as a line of text. */
export function resultLine(result: CallResult): string {
  const times = [
    ['ring', result.timeToRingMs],
    ['answer', result.timeToAnswerMs],
    ['verdict', result.timeToVerdictMs],
  ] as const;
  const parts = [
    colours.dim(formatClock(result.timings.endedAt ?? result.timings.answeredAt ?? Date.now())),
    result.jobId,
    formatDestination(result.callTo),
    colourState(result.state, result.state),
    formatCause(result),
    formatRawCause(result.rawCause),
    formatVerdict(result.verdict),
    ...times.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${formatSeconds(ms)}`])),
  ];
  const message = result.error === null ? [] : [`(${result.error.message})`];
  return [...parts.filter((part) => part !== '-'), ...message].join('  ');
}

/** An ended record as a line of text. */
export function endedLine(ended: EndedRecord): string {
  const failures = ended.steps.flatMap(({ step, error }) =>
    error === null ? [] : [`${step} ${error.code} (${error.message})`],
  );
  return [
    colours.dim(formatClock(ended.timings.endedAt ?? Date.now())),
    ended.jobId,
    formatDestination(ended.callTo),
    `ended by ${ended.endedBy}`,
    formatCause(ended),
    ...(ended.q850 === null ? [] : [`Q.850 ${ended.q850}`]),
    ended.farEndType,
    `up for ${formatSeconds(ended.durationMs)}`,
    ...failures,
  ].join('  ');
}

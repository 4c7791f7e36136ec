import type { CallResult, EndedRecord } from '@outdial/contract';
import pc from 'picocolors';
import type { Column } from './table.js';
import {
  causeText,
  clockText,
  destinationText,
  paintState,
  rawCauseText,
  seconds,
  verdictText,
} from './words.js';

/** The columns that tell how a call went, for a table of results. */
export const RESULT_COLUMNS: readonly Column<CallResult>[] = [
  { title: 'destination', cell: ({ callTo }) => destinationText(callTo), maxWidth: 40 },
  {
    title: 'state',
    cell: ({ state }) => state,
    paint: (text, { state }) => paintState(text, state),
  },
  { title: 'cause', cell: causeText },
  { title: 'raw cause', cell: ({ rawCause }) => rawCauseText(rawCause), maxWidth: 30 },
  { title: 'verdict', cell: ({ verdict }) => verdictText(verdict) },
  { title: 'to ring', cell: ({ timeToRingMs }) => seconds(timeToRingMs), align: 'right' },
  { title: 'to answer', cell: ({ timeToAnswerMs }) => seconds(timeToAnswerMs), align: 'right' },
  { title: 'to verdict', cell: ({ timeToVerdictMs }) => seconds(timeToVerdictMs), align: 'right' },
];

/** A result as one line of text. */
export function resultLine(result: CallResult): string {
  const times = [
    ['ring', result.timeToRingMs],
    ['answer', result.timeToAnswerMs],
    ['verdict', result.timeToVerdictMs],
  ] as const;
  const parts = [
    pc.dim(clockText(result.timings.endedAt ?? result.timings.answeredAt ?? Date.now())),
    result.jobId,
    destinationText(result.callTo),
    paintState(result.state, result.state),
    causeText(result),
    rawCauseText(result.rawCause),
    verdictText(result.verdict),
    ...times.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${seconds(ms)}`])),
  ];
  const message = result.error === null ? [] : [`(${result.error.message})`];
  return [...parts.filter((part) => part !== '-'), ...message].join('  ');
}

/** An ended record as one line of text. */
export function endedLine(ended: EndedRecord): string {
  return [
    pc.dim(clockText(ended.timings.endedAt ?? Date.now())),
    ended.jobId,
    destinationText(ended.callTo),
    `ended by ${ended.endedBy}`,
    causeText(ended),
    ...(ended.q850 === null ? [] : [`Q.850 ${ended.q850}`]),
    ended.farEndType,
    `up for ${seconds(ended.durationMs)}`,
  ].join('  ');
}

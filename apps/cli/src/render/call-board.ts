import type { CallEvent, CallResult, CallState, Verdict } from '@outdial/contract';
import pc from 'picocolors';
import { type Column, table } from './table.js';
import { destinationText, paintState, rawCauseText, seconds, verdictText } from './words.js';

/** One call as the board shows it. */
export interface CallRow {
  jobId: string;
  callTo: string;
  state: CallState | 'QUEUED';
  /** Empty until there is a cause. */
  cause: string;
  rawCause: string;
  verdict: Verdict | null;
  callingAt: number | null;
  ringingAt: number | null;
  answeredAt: number | null;
  /** When the row last changed, and with it (once it is over) when the call ended. */
  changedAt: number;
  result: CallResult | null;
  /** Nothing of the call is up any more. */
  isOver: boolean;
}

/** Calls and where they are, kept up to date by call events, in the order in which they were first seen. */
export class CallBoard {
  readonly #rows = new Map<string, CallRow>();

  get rows(): readonly CallRow[] {
    return [...this.#rows.values()];
  }

  /** Puts a job on the board before it is dialled. */
  expect(jobId: string, callTo: string, at: number): void {
    this.#rows.set(jobId, newRow(jobId, callTo, at));
  }

  /** Takes an event in; answers the row that it changed. */
  apply(event: CallEvent): CallRow {
    const row = this.#rows.get(event.jobId) ?? newRow(event.jobId, calledNumber(event), event.at);
    this.#rows.set(event.jobId, row);
    row.changedAt = event.at;
    change(row, event);
    return row;
  }

  /** Forgets the calls that were over before `at`. */
  forgetOverBefore(at: number): void {
    for (const [jobId, row] of this.#rows) if (row.isOver && row.changedAt < at) this.#rows.delete(jobId);
  }
}

function change(row: CallRow, event: CallEvent): void {
  switch (event.type) {
    case 'calling':
      row.callTo = event.callTo;
      row.state = 'CALLING';
      row.callingAt = event.at;
      break;
    case 'ringing':
      row.state = 'RINGING';
      row.ringingAt ??= event.at;
      break;
    case 'answered':
      row.state = 'ANSWERED';
      row.answeredAt = event.at;
      break;
    case 'verdict':
    case 'revised':
      row.verdict = event.verdict;
      break;
    case 'waitEnded':
      // Not a thing of the board: `watch` without a terminal tells it.
      break;
    case 'result':
      applyResult(row, event.result);
      break;
    case 'ended':
      row.callTo = event.ended.callTo;
      row.state = event.ended.error === null ? 'IDLE' : 'ERROR';
      row.cause = event.ended.cause;
      row.isOver = true;
      break;
  }
}

function applyResult(row: CallRow, result: CallResult): void {
  row.callTo = result.callTo;
  row.result = result;
  row.rawCause = rawCauseText(result.rawCause);
  row.verdict = result.verdict ?? row.verdict;
  // A call that was answered has its ended record still to come, perhaps before this.
  if (row.isOver) return;
  row.state = result.state;
  row.cause = result.state === 'ANSWERED' ? '' : result.cause;
  row.isOver = result.state !== 'ANSWERED' && result.timings.answeredAt === undefined;
}

function newRow(jobId: string, callTo: string, at: number): CallRow {
  return {
    jobId,
    callTo,
    state: 'QUEUED',
    cause: '',
    rawCause: '',
    verdict: null,
    callingAt: null,
    ringingAt: null,
    answeredAt: null,
    changedAt: at,
    result: null,
    isOver: false,
  };
}

/** Only some events tell the number; a board that joins late learns it with the next of those. */
function calledNumber(event: CallEvent): string {
  if (event.type === 'calling') return event.callTo;
  if (event.type === 'result') return event.result.callTo;
  return event.type === 'ended' ? event.ended.callTo : '';
}

/**
 * The board as a table of at most `height` lines. When not all calls fit, those in progress come first, and the rest is
 * counted.
 */
export function boardLines(board: CallBoard, { width, height }: { width: number; height: number }): string[] {
  const now = Date.now();
  const { rows } = board;
  // One line holds the titles.
  if (rows.length < height) return table(boardColumns(now), rows, { width });
  const shown = rows
    .toSorted((a, b) => Number(a.isOver) - Number(b.isOver))
    .slice(0, Math.max(1, height - 2));
  return [...table(boardColumns(now), shown, { width }), pc.dim(`and ${rows.length - shown.length} more`)];
}

/** The live table's columns; `now` makes the clocks of calls in progress run. */
function boardColumns(now: number): readonly Column<CallRow>[] {
  return [
    { title: 'destination', cell: ({ callTo }) => destinationText(callTo), maxWidth: 40 },
    { title: 'state', cell: ({ state }) => state, paint: (text, { state }) => paintState(text, state) },
    { title: 'cause', cell: ({ cause }) => cause },
    { title: 'raw cause', cell: ({ rawCause }) => rawCause, maxWidth: 36 },
    { title: 'verdict', cell: ({ verdict }) => (verdict === null ? '' : verdictText(verdict)) },
    { title: 'since INVITE', cell: (row) => sinceInvite(row, now), align: 'right' },
    { title: 'job', cell: ({ jobId }) => jobId, maxWidth: 36 },
  ];
}

function sinceInvite({ callingAt, changedAt, isOver }: CallRow, now: number): string {
  if (callingAt === null) return '';
  return seconds(Math.max(0, (isOver ? changedAt : now) - callingAt));
}

import type { Verdict } from '@outdial/contract';
import {
  type CallEvent,
  type CallResult,
  type CallState,
  type EndedRecord,
  endedState,
} from '@outdial/contract';
import { formatCause, formatRawCause } from './format.js';

/** The progress of one call. */
export interface TrackedCall {
  jobId: string;
  /** Empty when the events that contain it were missed. */
  callTo: string;
  state: CallState | 'QUEUED';
  verdict: Verdict | null;
  /** How the call ended, such as `BUSY, 486 Busy Here`; empty until then. */
  ending: string;
  callingAt: number | null;
  /** The time of the last event; of an ended call, the time of its end. */
  changedAt: number;
  /** The call has ended, or was never placed. */
  hasEnded: boolean;
}

/** Tracks calls by their events, in the order of their first events. */
export class CallList {
  readonly #calls = new Map<string, TrackedCall>();

  get calls(): readonly TrackedCall[] {
    return [...this.#calls.values()];
  }

  /** Adds a job that has not been dialled. */
  expect(jobId: string, callTo: string, at: number): void {
    this.#calls.set(jobId, newCall(jobId, callTo, at));
  }

  /** Applies an event; returns the call that it belongs to. */
  apply(event: CallEvent): TrackedCall {
    const call = this.#calls.get(event.jobId) ?? newCall(event.jobId, destinationIn(event), event.at);
    this.#calls.set(event.jobId, call);
    call.changedAt = event.at;
    applyEvent(call, event);
    return call;
  }

  /** Removes the calls that ended before `at`. */
  removeEndedBefore(at: number): void {
    for (const [jobId, call] of this.#calls)
      if (call.hasEnded && call.changedAt < at) this.#calls.delete(jobId);
  }
}

function applyEvent(call: TrackedCall, event: CallEvent): void {
  switch (event.type) {
    case 'calling':
      call.callTo = event.callTo;
      call.state = 'CALLING';
      call.callingAt = event.at;
      break;
    case 'ringing':
      call.state = 'RINGING';
      break;
    case 'answered':
      call.state = 'ANSWERED';
      break;
    case 'verdict':
    case 'revised':
      call.verdict = event.verdict;
      break;
    case 'result':
      applyResult(call, event.result);
      break;
    case 'ended':
      call.callTo = event.ended.callTo;
      call.state = endedState(event.ended.error);
      call.ending = endingOfAnswered(event.ended);
      call.hasEnded = true;
      break;
    default:
      // The others do not change what is shown of a call.
      break;
  }
}

function applyResult(call: TrackedCall, result: CallResult): void {
  call.callTo = result.callTo;
  call.verdict = result.verdict ?? call.verdict;
  // The ended record of an answered call may come before its result.
  if (call.hasEnded) return;
  call.state = result.state;
  call.hasEnded = result.state !== 'ANSWERED' && result.timings.answeredAt === undefined;
  if (result.state !== 'ANSWERED') call.ending = endingOf(result);
}

function endingOf(result: CallResult): string {
  const rawCause = formatRawCause(result.rawCause);
  return rawCause === '-' ? formatCause(result) : `${formatCause(result)}, ${rawCause}`;
}

function endingOfAnswered(ended: EndedRecord): string {
  const end =
    ended.error === null ? `by ${ended.endedBy.toLowerCase().replaceAll('_', ' ')}` : formatCause(ended);
  return `${end} after ${(ended.durationMs / 1000).toFixed(1)} s`;
}

function newCall(jobId: string, callTo: string, at: number): TrackedCall {
  return {
    ...{ jobId, callTo, state: 'QUEUED', verdict: null, ending: '' },
    ...{ callingAt: null, changedAt: at, hasEnded: false },
  };
}

function destinationIn(event: CallEvent): string {
  if (event.type === 'calling') return event.callTo;
  if (event.type === 'result') return event.result.callTo;
  return event.type === 'ended' ? event.ended.callTo : '';
}

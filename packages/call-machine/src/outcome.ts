import { type CallResult, type EndedRecord, OutdialError } from '@outdial/contract';
import type { CallIdentity } from './records.js';
import type { CallTrace } from './trace.js';

/** The part of a result that the call itself decides. */
export type CallOutcome = Omit<CallResult, keyof CallIdentity>;
/** The part of an ended record that the call itself decides. */
export type CallEnding = Omit<EndedRecord, keyof CallIdentity>;

/** The outcome of `call()` as the trace stands: ANSWERED while it has not ended, else IDLE or ERROR. */
export function outcomeOf(trace: CallTrace): CallOutcome {
  const { timings, ending, verdict } = trace;
  return {
    state: ending === null ? 'ANSWERED' : ending.error === null ? 'IDLE' : 'ERROR',
    cause: ending?.cause ?? 'NORMAL',
    rawCause: trace.rawCause,
    rang: trace.rang,
    earlyMedia: trace.earlyMedia,
    farEndType: verdict?.farEndType ?? 'UNKNOWN',
    verdict,
    codec: trace.codec,
    error: ending?.error ?? null,
    timings,
    timeToRingMs: spanMs(timings.callingAt, timings.ringingAt),
    timeToAnswerMs: spanMs(timings.callingAt, timings.answeredAt),
    timeToVerdictMs: spanMs(timings.answeredAt, timings.verdictAt),
  };
}

/** Whether the call failed before its INVITE left: nobody was dialled, so the job may be tried again. */
export function failedBeforeInvite(outcome: CallOutcome): boolean {
  return outcome.state === 'ERROR' && outcome.timings.callingAt === undefined;
}

/** What the ended record says. Throws `INTERNAL` for a call that was not answered or has not ended. */
export function endingOf(trace: CallTrace): CallEnding {
  const { timings, ending, verdict } = trace;
  const durationMs = spanMs(timings.answeredAt, timings.endedAt);
  if (ending === null || durationMs === null)
    throw new OutdialError('INTERNAL', 'only an answered call that has ended has an ended record');
  return {
    cause: ending.cause,
    q850: ending.q850,
    endedBy: ending.by,
    farEndType: verdict?.farEndType ?? 'UNKNOWN',
    verdict,
    error: ending.error,
    timings,
    durationMs,
  };
}

/** Two clocks may disagree by a little, so a span is never less than nothing. */
function spanMs(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, Math.round(to - from));
}

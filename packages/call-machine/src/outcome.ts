import { type CallEnding, type CallOutcome, digitsOf, endedState, OutdialError } from '@outdial/contract';
import type { CallTrace } from './trace.js';

/** The outcome of `call()` as the trace stands: ANSWERED while it has not ended, else IDLE or ERROR. */
export function outcomeOf(trace: CallTrace): CallOutcome {
  const { ending, rawCause, rang, earlyMedia, verdict, codec, timings } = trace;
  return {
    state: ending === null ? 'ANSWERED' : endedState(ending.error),
    cause: ending?.cause ?? 'NORMAL',
    rawCause,
    rang,
    earlyMedia,
    verdict,
    codec,
    error: ending?.error ?? null,
    timings,
  };
}

/** What the ended record says. Throws `INTERNAL` for a call that was not answered or has not ended. */
export function endingOf(trace: CallTrace): CallEnding {
  const { timings, ending, verdict, steps } = trace;
  if (ending === null || ending.by === null || timings.answeredAt === undefined)
    throw new OutdialError('INTERNAL', 'only an answered call that has ended has an ended record');
  return {
    cause: ending.cause,
    q850: ending.q850,
    endedBy: ending.by,
    verdict,
    error: ending.error,
    timings,
    steps: [...steps].sort((one, other) => one.index - other.index),
    digits: digitsOf(steps),
  };
}

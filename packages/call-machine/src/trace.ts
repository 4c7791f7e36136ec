import type { CallTimings, Cause, EndedBy, RawCause, Verdict } from '@outdial/contract';
import type { CallError, DetectorEvent, LegEvent } from './events.js';

/** How a call ended. */
export interface Ending {
  /** Who ended it; told only of an answered call. */
  by: EndedBy;
  cause: Cause;
  /** The Q.850 value of the far end's BYE, or null. */
  q850: number | null;
  /** What went wrong on our side, or null: then the state is IDLE, and not ERROR. */
  error: CallError | null;
}

/** What has happened to a call so far, as plain data: enough to tell its result from. */
export interface CallTrace {
  rang: boolean;
  earlyMedia: boolean;
  codec: string | null;
  rawCause: RawCause;
  verdict: Verdict | null;
  /** Epoch milliseconds. */
  timings: Omit<CallTimings, 'enqueuedAt'>;
  ending: Ending | null;
}

/** The trace of a call that has not been placed. */
export const BLANK_TRACE: CallTrace = {
  rang: false,
  earlyMedia: false,
  codec: null,
  rawCause: { sipStatus: null, sipReason: null, q850: null },
  verdict: null,
  timings: {},
  ending: null,
};

/** One thing that happened at `at` (epoch milliseconds), as the trace after it. */
export type Change<Event> = (trace: CallTrace, at: number, event: Event) => CallTrace;
type Leg<Type extends LegEvent['type']> = Extract<LegEvent, { type: Type }>;

/** The deadline and `timeToAnswerMs` count from the first INVITE, also when it is re-sent with credentials. */
export const invited: Change<unknown> = (trace, at) => ({
  ...trace,
  timings: { ...trace.timings, callingAt: trace.timings.callingAt ?? at },
});

/** What was heard once stays true: a 180 after a 183 takes no early media back. */
export const progressed: Change<Leg<'progressed'>> = (trace, at, event) => ({
  ...trace,
  rang: trace.rang || event.rings,
  earlyMedia: trace.earlyMedia || event.earlyMedia,
  timings: event.rings ? { ...trace.timings, ringingAt: trace.timings.ringingAt ?? at } : trace.timings,
});

export const answered: Change<Leg<'answered'>> = (trace, _at, event) => ({
  ...trace,
  codec: event.codec,
  rawCause: { sipStatus: 200, sipReason: 'OK', q850: null },
  timings: { ...trace.timings, answeredAt: event.at },
});

export const classified: Change<DetectorEvent> = (trace, at, { verdict }) => ({
  ...trace,
  verdict,
  timings: { ...trace.timings, verdictAt: at },
});

/** The result's `verdictAt` stays: a revision corrects what was said, not when. */
export const reclassified: Change<DetectorEvent> = (trace, _at, { verdict }) => ({ ...trace, verdict });

/** What is said for a detector that says nothing: its time is over. */
export function noVerdict(trace: CallTrace, at: number): Verdict {
  return unknown('undecided', elapsedMs(trace, at), 'no verdict within the time limit');
}

/** The call ended while the detector still listened. No verdict was given, so there is no `verdictAt`. */
export const leftUnclassified: Change<unknown> = (trace, at) => {
  const heardMs = elapsedMs(trace, at);
  const seconds = (heardMs / 1000).toFixed(1);
  const verdict =
    trace.ending?.by === 'CALLEE'
      ? unknown('hung_up', heardMs, `the far end hung up ${seconds} s after the answer, before a verdict`)
      : unknown('undecided', heardMs, `the call was ended ${seconds} s after the answer, before a verdict`);
  return { ...trace, verdict };
};

export const rejected: Change<Leg<'rejected'>> = (trace, at, { cause, rawCause, error }) => ({
  ...end(trace, at, { by: 'CALLEE', cause, q850: rawCause.q850, error: error ?? null }),
  rawCause,
});

export const hungUp: Change<Leg<'hungUp'>> = (trace, at, { cause, q850 }) => ({
  ...end(trace, at, { by: 'CALLEE', cause, q850, error: null }),
  rawCause: { ...trace.rawCause, q850 },
});

export const deadlinePassed: Change<unknown> = (trace, at) =>
  end(trace, at, { by: 'CANCEL', cause: 'TIMEOUT', q850: null, error: null });

export const cancelled: Change<unknown> = (trace, at) =>
  end(trace, at, { by: 'CANCEL', cause: 'NORMAL', q850: null, error: null });

export const planDone: Change<unknown> = (trace, at) =>
  end(trace, at, { by: 'PLAN', cause: 'NORMAL', q850: null, error: null });

export const durationPassed: Change<unknown> = (trace, at) =>
  end(trace, at, { by: 'MAX_DURATION', cause: 'NORMAL', q850: null, error: null });

export const drained: Change<unknown> = (trace, at) =>
  fail(trace, at, 'DRAIN', {
    code: 'DRAINED',
    message: 'the worker stopped, and the time to drain was over',
  });

export const mediaFailed: Change<Leg<'mediaFailed'>> = (trace, at, { message }) =>
  fail(trace, at, 'MEDIA_FAILED', { code: 'MEDIA_FAILED', message });

export const engineLost: Change<Leg<'lost'>> = (trace, at, event) =>
  fail(trace, at, 'ENGINE_LOST', engineLostError(event));

export const inviteStuck: Change<unknown> = (trace, at) =>
  fail(trace, at, 'ENGINE_LOST', {
    code: 'ENGINE_LOST',
    message: 'the switch did not send the INVITE in time',
  });

/** The leg says it was released, and nobody asked for that. */
export const releasedUnasked: Change<unknown> = (trace, at) =>
  fail(trace, at, 'CANCEL', { code: 'INTERNAL', message: 'the leg was released without being asked to' });

/** We hung up, and lost the server before it confirmed that: the ending stays, and says so. */
export const lostWhileReleasing: Change<Leg<'lost'>> = (trace, _at, event) =>
  unconfirmed(trace, engineLostError(event));

export const neverReleased: Change<unknown> = (trace) =>
  unconfirmed(trace, {
    code: 'ENGINE_LOST',
    message: 'the switch never confirmed that the call was released',
  });

function end(trace: CallTrace, at: number, ending: Ending): CallTrace {
  return { ...trace, ending, timings: { ...trace.timings, endedAt: at } };
}

/** An INVITE that may have left counts as left: only `rejected` proves that nobody was dialled. */
function fail(trace: CallTrace, at: number, by: EndedBy, error: CallError): CallTrace {
  return end(invited(trace, at, undefined), at, { by, cause: 'ERROR', q850: null, error });
}

function unconfirmed(trace: CallTrace, error: CallError): CallTrace {
  return trace.ending === null
    ? trace
    : { ...trace, ending: { ...trace.ending, error: trace.ending.error ?? error } };
}

function engineLostError({ engine, address }: Leg<'lost'>): CallError {
  return { code: 'ENGINE_LOST', message: `${engine} at ${address} was lost` };
}

function unknown(kind: Verdict['kind'], decidedAfterMs: number, evidence: string): Verdict {
  return { farEndType: 'UNKNOWN', kind, confidence: 0, decidedAfterMs, evidence };
}

function elapsedMs(trace: CallTrace, at: number): number {
  return Math.max(0, Math.round(at - (trace.timings.answeredAt ?? at)));
}

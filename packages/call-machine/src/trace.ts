import {
  CANCELLED,
  type CallError,
  type CallTimings,
  type Cause,
  type EarlyHangUp,
  type EarlyMedia,
  type EndedBy,
  type LegEvent,
  OutdialError,
  type RawCause,
  type StepReport,
  UNHEARD_EARLY_MEDIA,
  type Verdict,
  withNetworkTone,
} from '@outdial/contract';
import type { CommandEvent, DetectorEvent, EarlyMediaEvent, PlanEvent } from './events.js';

/** How a call ended. */
export interface Ending {
  /** Who or what ended an answered call; null before the answer, where the result does not say it. */
  by: EndedBy | null;
  cause: Cause;
  /** The Q.850 value of the far end's BYE, or null. */
  q850: number | null;
  /** What went wrong on our side, or null: then the state is IDLE, and not ERROR. */
  error: CallError | null;
}

/** What has happened to a call so far, as plain data: its result and ended record follow from it. */
export interface CallTrace {
  rang: boolean;
  /** Null: there is none. How much of it was heard is known only to who listens. */
  earlyMedia: EarlyMedia | null;
  codec: string | null;
  rawCause: RawCause;
  verdict: Verdict | null;
  /** The steps that have ended, in the order in which they did. */
  steps: readonly StepReport[];
  /** The step that runs; `startedAt` in epoch milliseconds. */
  runningStep: Pick<StepReport, 'index' | 'step' | 'startedAt'> | null;
  /** Whether the app that had the call was lost, and no other came. */
  isOrphaned: boolean;
  /** Epoch milliseconds. */
  timings: Omit<CallTimings, 'enqueuedAt'>;
  ending: Ending | null;
}

/** The trace of a call that has not been placed. */
export const BLANK_TRACE: CallTrace = {
  rang: false,
  earlyMedia: null,
  codec: null,
  rawCause: { sipStatus: null, sipReason: null, q850: null },
  verdict: null,
  steps: [],
  runningStep: null,
  isOrphaned: false,
  timings: {},
  ending: null,
};

/** One thing that happened at `at` (epoch milliseconds), as the trace after it. */
export type Change<Event> = (trace: CallTrace, at: number, event: Event) => CallTrace;
type Plan<Type extends PlanEvent['type']> = Extract<PlanEvent, { type: Type }>;
type Command<Type extends CommandEvent['type']> = Extract<CommandEvent, { type: Type }>;
type Early<Type extends EarlyMediaEvent['type']> = Extract<EarlyMediaEvent, { type: Type }>;
type Leg<Type extends LegEvent['type']> = Extract<LegEvent, { type: Type }>;

/** The deadline and `timeToAnswerMs` count from the first INVITE, also when it is re-sent with credentials. */
export const invited: Change<unknown> = (trace, at) => ({
  ...trace,
  timings: timed(trace, { callingAt: trace.timings.callingAt ?? at }),
});

/** What was true once stays true: a 180 after a 183 does not undo early media. */
export const progressed: Change<Leg<'progressed'>> = (trace, at, event) => ({
  ...trace,
  rang: trace.rang || event.rings,
  earlyMedia: trace.earlyMedia ?? (event.earlyMedia ? UNHEARD_EARLY_MEDIA : null),
  timings: event.rings ? timed(trace, { ringingAt: trace.timings.ringingAt ?? at }) : trace.timings,
});

export const toneHeard: Change<Early<'networkToneHeard'>> = (trace, _at, { tone }) => ({
  ...trace,
  earlyMedia: withNetworkTone(trace.earlyMedia, tone),
});

export const mailboxHeard: Change<unknown> = (trace) => ({
  ...trace,
  earlyMedia: { ...(trace.earlyMedia ?? UNHEARD_EARLY_MEDIA), hasBeeped: true, isMailbox: true },
});

export const answered: Change<Leg<'answered'>> = (trace, _at, event) => ({
  ...trace,
  codec: event.codec,
  rawCause: { sipStatus: 200, sipReason: 'OK', q850: null },
  timings: timed(trace, { answeredAt: event.at }),
});

export const classified: Change<DetectorEvent> = (trace, at, { verdict }) => ({
  ...trace,
  verdict,
  timings: timed(trace, { verdictAt: at }),
});

/** The result's `verdictAt` stays: a revision corrects what was said, not when. */
export const reclassified: Change<DetectorEvent> = (trace, _at, { verdict }) => ({ ...trace, verdict });

/** The verdict for a detector that gave none before its time limit. */
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
  end(trace, at, { by: null, cause: 'TIMEOUT', q850: null, error: null });

/** What each says of the callee, in the words of a refusal. */
const EARLY_CAUSES: Readonly<Record<EarlyHangUp, { cause: Cause; heard: string }>> = {
  sit: { cause: 'UNOBTAINABLE', heard: 'special information tones were' },
  busy: { cause: 'BUSY', heard: 'a busy tone was' },
  congestion: { cause: 'CONGESTION', heard: 'a congestion tone was' },
  // The callee was reached and did not answer.
  mailbox: { cause: 'NOANSWER', heard: 'a mailbox was' },
};

/** The job's `earlyMedia.hangUpOn` names what was heard. */
export const hungUpEarly: Change<EarlyMediaEvent> = (trace, at, event) => {
  const what = event.type === 'mailboxHeard' ? 'mailbox' : event.tone.kind;
  // A ringback tone ends no call: the contract refuses it.
  if (what === 'ringback') return trace;
  const { cause, heard } = EARLY_CAUSES[what];
  const error = { code: 'HUNG_UP_EARLY', message: `${heard} heard before the answer` };
  return end(trace, at, { by: null, cause, q850: null, error });
};

export const cancelled: Change<unknown> = (trace, at) =>
  end(trace, at, { by: 'CANCELLED', cause: 'CANCELLED', q850: null, error: CANCELLED });

export const planDone: Change<unknown> = (trace, at) =>
  end(trace, at, { by: trace.isOrphaned ? 'ORPHANED' : 'PLAN', cause: 'NORMAL', q850: null, error: null });

/** The app that had the call is lost. */
export const orphaned: Change<unknown> = (trace) => ({ ...trace, isOrphaned: true });

/** An app has the call. */
export const owned: Change<unknown> = (trace) => ({ ...trace, isOrphaned: false });

export const durationPassed: Change<unknown> = (trace, at) =>
  end(trace, at, { by: 'MAX_DURATION', cause: 'NORMAL', q850: null, error: null });

/** The callee has gone without a BYE. */
export const silent: Change<unknown> = (trace, at) => {
  const error = { code: 'CALLEE_SILENT', message: 'no audio came from the callee for silenceHangUpSeconds' };
  return end(trace, at, { by: 'SILENCE', cause: 'FAILED', q850: null, error });
};

export const stepStarted: Change<Plan<'stepStarted'>> = (trace, at, { step }) => ({
  ...trace,
  runningStep: { index: stepCount(trace), step, startedAt: at },
});

export const stepEnded: Change<Plan<'stepEnded'>> = (trace, at, { outcome, error, data = null }) => {
  if (trace.runningStep === null) return trace;
  const report = Object.assign({}, trace.runningStep, { endedAt: at, outcome, error, data });
  return { ...trace, steps: [...trace.steps, report], runningStep: null };
};

/** A step was taken beside the one that runs, if any. */
export const stepBesideEnded: Change<Command<'stepBesideEnded'>> = (trace, at, event) => {
  const { step, outcome, error, data } = event;
  const report = { index: stepCount(trace), step, startedAt: at, endedAt: at, outcome, error, data };
  return { ...trace, steps: [...trace.steps, report] };
};

/** How many steps have started. */
export function stepCount({ steps, runningStep }: CallTrace): number {
  return steps.length + (runningStep === null ? 0 : 1);
}

export const drained: Change<unknown> = (trace, at) =>
  fail(trace, at, 'DRAIN', {
    code: 'DRAINED',
    message: 'the worker stopped, and the time to drain was over',
  });

export const mediaFailed: Change<Leg<'mediaFailed'>> = (trace, at, { message }) =>
  fail(trace, at, 'MEDIA_FAILED', { code: 'MEDIA_FAILED', message });

export const serverLost: Change<Leg<'lost'>> = (trace, at, event) =>
  fail(trace, at, event.part === 'media' ? 'MEDIA_LOST' : 'SERVER_LOST', lossError(event));

export const inviteStuck: Change<unknown> = (trace, at) =>
  fail(trace, at, 'SERVER_LOST', {
    code: 'SERVER_LOST',
    message: 'drachtio did not send the INVITE in time',
  });

/** The leg reports a release that was not asked for. */
export const releasedUnasked: Change<unknown> = (trace, at) =>
  fail(trace, at, 'SERVER_LOST', {
    code: 'INTERNAL',
    message: 'the leg was released without being asked to',
  });

/** We hung up, and lost the server before it confirmed that: the ending stays, and says so. */
export const lostWhileReleasing: Change<Leg<'lost'>> = (trace, _at, event) =>
  unconfirmed(trace, lossError(event));

export const neverReleased: Change<unknown> = (trace) =>
  unconfirmed(trace, {
    code: 'SERVER_LOST',
    message: 'drachtio never confirmed that the call was released',
  });

/** The step that has ended last. */
export function lastStep({ steps }: CallTrace): StepReport {
  const report = steps.at(-1);
  if (report === undefined) throw new OutdialError('INTERNAL', 'no step of the plan has ended');
  return report;
}

/** What ended a call on our side. */
export function errorOf({ ending }: CallTrace): CallError {
  return ending?.error ?? { code: 'INTERNAL', message: 'the call ended without an error' };
}

function end(trace: CallTrace, at: number, ending: Ending): CallTrace {
  return { ...trace, ending, timings: timed(trace, { endedAt: at }) };
}

/** When what happened, with another moment. */
function timed({ timings }: CallTrace, moment: CallTrace['timings']): CallTrace['timings'] {
  return Object.assign({}, timings, moment);
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

function lossError({ part, address }: Leg<'lost'>): CallError {
  if (part === 'media') return { code: 'MEDIA_LOST', message: 'the media thread of the call was lost' };
  return { code: 'SERVER_LOST', message: `${part} at ${address} was lost` };
}

function unknown(kind: Verdict['kind'], decidedAfterMs: number, evidence: string): Verdict {
  return { farEndType: 'UNKNOWN', kind, confidence: 0, decidedAfterMs, evidence };
}

function elapsedMs(trace: CallTrace, at: number): number {
  return Math.max(0, Math.round(at - (trace.timings.answeredAt ?? at)));
}

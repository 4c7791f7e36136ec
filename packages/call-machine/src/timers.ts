import { type CallJob, TIME_LIMITS } from '@outdial/contract';

/** The terms of a job that the machine decides by. */
export type CallTerms = Pick<
  CallJob,
  | 'secondsTimeout'
  | 'liveSpeakerDetect'
  | 'lsdTimeoutMilliseconds'
  | 'maxDurationSeconds'
  | 'silenceHangUpSeconds'
  | 'onAnswered'
  | 'onOrphaned'
  | 'earlyMedia'
>;

/** How long the machine waits for its helpers, in milliseconds, before it goes on without them. */
export interface CallGuards {
  /** For the INVITE to leave, once drachtio was asked to send it. */
  inviteMs: number;
  /** For audio to flow after the answer. */
  mediaMs: number;
  /** For the detector's word after `lsdTimeoutMilliseconds`: it counts audio, which may come late. */
  lsdGraceMs: number;
  /** For in-band ringing after the answer, which `TIMEOUT_FROM_ANSWER_DETECT` does not count. */
  inBandRingingMs: number;
  /** For the leg to end after CANCEL or BYE: a silent peer holds a transaction for 32 s (64*T1, RFC 3261). */
  releaseMs: number;
}

export const DEFAULT_GUARDS: CallGuards = TIME_LIMITS;

/** The longest delay that a timer of JavaScript can hold, in milliseconds (about 24.8 days). */
const LONGEST_MS = 2 ** 31 - 1;

interface Timed {
  context: { terms: CallTerms; guards: CallGuards };
}

/** The machine's delays, by the name they have in it. */
export const DELAYS = {
  inviteGuard: ({ context }: Timed) => context.guards.inviteMs,
  /** For a call without a limit the timer never matters: its transition asks `hasDeadline`. */
  secondsTimeout: ({ context }: Timed) =>
    context.terms.secondsTimeout === null ? LONGEST_MS : Math.round(context.terms.secondsTimeout * 1000),
  mediaGuard: ({ context }: Timed) => context.guards.mediaMs,
  lsdGuard: ({ context: { terms, guards } }: Timed) =>
    terms.lsdTimeoutMilliseconds +
    guards.lsdGraceMs +
    (terms.liveSpeakerDetect === 'TIMEOUT_FROM_ANSWER_DETECT' ? guards.inBandRingingMs : 0),
  maxDuration: ({ context }: Timed) => Math.round(context.terms.maxDurationSeconds * 1000),
  releaseGuard: ({ context }: Timed) => context.guards.releaseMs,
};

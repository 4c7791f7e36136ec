/**
 * The words of a call, as the reference channel API uses them. One word for one thing: these very strings
 * stand in results, events, logs and docs.
 */

/** Where a call is. `IDLE` both before it is placed and after it was cleared. */
export const CALL_STATES = ['IDLE', 'CALLING', 'RINGING', 'ANSWERED', 'ERROR'] as const;
export type CallState = (typeof CALL_STATES)[number];

/** Why a call ended. `NORMAL` is also what `cause` says while the call is not IDLE. */
export const CAUSES = [
  'NORMAL',
  'TIMEOUT',
  'BUSY',
  'NOANSWER',
  'UNOBTAINABLE',
  'CHANGED',
  'OUTOFORDER',
  'BARRED',
  'REJECTED',
  'NOCHANNELS',
  'CONGESTION',
  'FAILED',
  'OTHER',
  'ERROR',
] as const;
export type Cause = (typeof CAUSES)[number];

/** Who or what answered. `UNKNOWN`: not classified in time, and the default. */
export const FAR_END_TYPES = ['LIVE', 'ANSWER_MACHINE', 'FAX_MACHINE', 'UNKNOWN'] as const;
export type FarEndType = (typeof FAR_END_TYPES)[number];

/**
 * When the timer of live speaker detection starts. `DEFAULT` means `TIMEOUT_FROM_NETWORK_CONNECT`: at the
 * 200 OK. `TIMEOUT_FROM_ANSWER_DETECT`: once in-band ringing heard after the connect has stopped.
 */
export const LIVE_SPEAKER_DETECT_MODES = [
  'DEFAULT',
  'TIMEOUT_FROM_NETWORK_CONNECT',
  'TIMEOUT_FROM_ANSWER_DETECT',
] as const;
export type LiveSpeakerDetectMode = (typeof LIVE_SPEAKER_DETECT_MODES)[number];

/** Who ended an answered call, in the ended record. */
export const ENDED_BY = [
  'CALLEE',
  'PLAN',
  'CANCEL',
  'MAX_DURATION',
  'DRAIN',
  'MEDIA_FAILED',
  'ENGINE_LOST',
  'WORKER_LOST',
] as const;
export type EndedBy = (typeof ENDED_BY)[number];

/** Defaults and bounds of a call job, each in the unit of its name. */
export const DEFAULTS = {
  secondsTimeout: 120,
  lsdTimeoutMilliseconds: 5000,
  lsdTimeoutMillisecondsMin: 500,
  lsdTimeoutMillisecondsMax: 10_000,
  maxDurationSeconds: 4 * 60 * 60,
  maxDurationSecondsMax: 24 * 60 * 60,
  lane: 'default',
  /** The largest call job, as UTF-8 JSON, in bytes. */
  jobBytesMax: 64 * 1024,
  /** The deepest nesting of objects and arrays in a call job: deeper ones would overflow the stack of whoever reads them. */
  jobLevelsMax: 64,
} as const;

/** How long, and how many of each at most, finished things are kept; a worker's `retention` says otherwise. */
export const RETENTION_DEFAULTS = {
  /** 7 days, for finished jobs, outcomes, ledger entries and events. */
  ageSeconds: 7 * 24 * 60 * 60,
  /** Finished jobs that a lane keeps. */
  jobsMax: 10_000,
  /** Ledger entries of finished calls. */
  entriesMax: 1_000_000,
  /** The least that `entriesMax` may be set to. */
  entriesMaxLeast: 10_000,
  /** Results, and ended records, that are kept once consumed. */
  consumedMax: 100_000,
  /** Results, and ended records, that wait for a consumer. */
  unconsumedMax: 1_000_000,
  /** The length at which the stream of events is trimmed. */
  eventsMax: 100_000,
} as const;

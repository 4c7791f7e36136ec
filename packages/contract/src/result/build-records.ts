import type { CallJob } from '../job/call-job.js';
import { DEFAULTS } from '../job/job-defaults.js';
import type { CallResult } from './call-result.js';
import { endedState } from './call-state.js';
import type { EndedRecord } from './ended-record.js';
import type { CallError } from './outcome-fields.js';

/** Which call a record is of: the fields that results and ended records share, but for what happened. */
export type CallIdentity = Pick<
  CallResult,
  | 'jobId'
  | 'callId'
  | 'callTo'
  | 'callFrom'
  | 'lane'
  | 'label'
  | 'resultsQueue'
  | 'trunk'
  | 'workerId'
  | 'metadata'
  | 'traceContext'
>;

/** What the builders work out from the other fields. */
type DerivedResultField = 'farEndType' | 'timeToRingMs' | 'timeToAnswerMs' | 'timeToVerdictMs';
type DerivedEndedField = 'farEndType' | 'durationMs';

/** What happened up to the result. */
export type CallOutcome = Omit<CallResult, keyof CallIdentity | DerivedResultField>;
/** How an answered call ended. */
export type CallEnding = Omit<
  EndedRecord,
  keyof CallIdentity | DerivedEndedField | 'quality' | 'recordings' | 'legs'
>;

/** What is known of an ended call beside its ending. */
export type MediaReports = Partial<Pick<EndedRecord, 'quality' | 'recordings' | 'legs'>>;

/** The outcome of a job that nothing has happened to: IDLE, cause NORMAL, never dialled. */
export const BLANK_OUTCOME: CallOutcome = {
  state: 'IDLE',
  cause: 'NORMAL',
  rawCause: { sipStatus: null, sipReason: null, q850: null },
  rang: false,
  earlyMedia: null,
  verdict: null,
  codec: null,
  error: null,
  timings: {},
};

/** The identity of a job's call, which `workerId` runs or settles. */
export function callIdentity(
  job: Pick<CallJob, 'id' | 'callTo' | 'lane' | 'metadata'> &
    Partial<Pick<CallJob, 'callFrom' | 'label' | 'resultsQueue' | 'traceContext'>>,
  workerId: string,
  {
    callId = null,
    trunk = null,
  }: { callId?: string | null | undefined; trunk?: string | null | undefined } = {},
): CallIdentity {
  // A job that was queued by an earlier version names no results queue.
  const { id: jobId, callTo, callFrom = null, lane, label = null, metadata, traceContext } = job;
  const { resultsQueue = DEFAULTS.resultsQueue } = job;
  return only({
    jobId,
    callId,
    callTo,
    callFrom,
    lane,
    label,
    resultsQueue,
    trunk,
    workerId,
    metadata,
    traceContext,
  });
}

/** The result of a call: a blank one, but for what is known of its outcome. The spans follow from the timings. */
export function buildResult(identity: CallIdentity, known: Partial<CallOutcome> = {}): CallResult {
  const outcome = { ...BLANK_OUTCOME, ...known };
  const { state, cause, rawCause, rang, earlyMedia, verdict, codec, error, timings } = outcome;
  return {
    state,
    cause,
    rawCause,
    rang,
    earlyMedia,
    verdict,
    codec,
    error,
    timings,
    farEndType: verdict?.farEndType ?? 'UNKNOWN',
    timeToRingMs: spanMs(timings.callingAt, timings.ringingAt),
    timeToAnswerMs: spanMs(timings.callingAt, timings.answeredAt),
    timeToVerdictMs: spanMs(timings.answeredAt, timings.verdictAt),
    ...only(identity),
  };
}

/** The error of a call that the campaign ended. */
export const CANCELLED: CallError = { code: 'CANCELLED', message: 'the campaign cancelled the call' };

/** What a job's outcome is when `error` ended it, or nothing was wrong (null). */
export function failedOutcome(error: CallError | null): Pick<CallOutcome, 'state' | 'cause' | 'error'> {
  const state = endedState(error);
  if (error?.code === CANCELLED.code) return { state, cause: 'CANCELLED', error };
  return { state, cause: state === 'ERROR' ? 'ERROR' : 'NORMAL', error };
}

/** The ended record of an answered call. What is left out of `ending` is NORMAL or null. */
export function buildEndedRecord(
  identity: CallIdentity,
  ending: Pick<CallEnding, 'endedBy' | 'timings'> & Partial<CallEnding>,
  { quality = null, recordings = [], legs = [] }: MediaReports = {},
): EndedRecord {
  const { verdict = null, timings } = ending;
  return {
    cause: 'NORMAL',
    q850: null,
    error: null,
    steps: [],
    digits: {},
    recordings,
    legs,
    ...ending,
    verdict,
    farEndType: verdict?.farEndType ?? 'UNKNOWN',
    durationMs: spanMs(timings.answeredAt, timings.endedAt) ?? 0,
    quality,
    ...only(identity),
  };
}

/** The ended record of the call that `result` tells of; `endedAt` in epoch milliseconds. */
export function endedRecordOf(
  result: CallResult,
  { endedAt, ...ending }: Pick<CallEnding, 'endedBy'> & Partial<CallEnding> & { endedAt: number },
  reports: MediaReports = {},
): EndedRecord {
  const { verdict, timings } = result;
  return buildEndedRecord(
    result,
    { verdict, ...ending, timings: Object.assign({}, timings, { endedAt }) },
    reports,
  );
}

function only(identity: CallIdentity): CallIdentity {
  const { jobId, callId, callTo, callFrom, lane, label, resultsQueue, trunk, workerId, metadata } = identity;
  const known = { jobId, callId, callTo, callFrom, lane, label, resultsQueue, trunk, workerId, metadata };
  const { traceContext } = identity;
  return traceContext === undefined ? known : { traceContext, ...known };
}

/** Two clocks may disagree by a little, so a span is never negative. */
function spanMs(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, Math.round(to - from));
}

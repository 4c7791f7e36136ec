import type { CallJob, CallResult, EndedRecord } from '@outdial/contract';

/**
 * The result of a job of which nothing is known: IDLE, cause NORMAL, never dialled. Callers set the fields
 * that they know better.
 */
export function draftResult(
  job: Pick<CallJob, 'id' | 'callTo' | 'lane' | 'metadata'> & { callFrom?: string | undefined },
  workerId: string,
): CallResult {
  return {
    jobId: job.id,
    callId: null,
    callTo: job.callTo,
    callFrom: job.callFrom ?? null,
    lane: job.lane,
    trunk: null,
    workerId,
    metadata: job.metadata,
    state: 'IDLE',
    cause: 'NORMAL',
    rawCause: { sipStatus: null, sipReason: null, q850: null },
    rang: false,
    earlyMedia: false,
    farEndType: 'UNKNOWN',
    verdict: null,
    codec: null,
    error: null,
    timings: {},
    timeToRingMs: null,
    timeToAnswerMs: null,
    timeToVerdictMs: null,
  };
}

/** The ended record of the call that `result` tells of, from how it ended and when (epoch milliseconds). */
export function draftEnded(
  result: CallResult,
  ending: Pick<EndedRecord, 'endedBy'> & { endedAt: number } & Partial<
      Pick<EndedRecord, 'cause' | 'q850' | 'error' | 'verdict' | 'farEndType'>
    >,
): EndedRecord {
  const { endedAt, ...rest } = ending;
  return {
    jobId: result.jobId,
    callId: result.callId,
    callTo: result.callTo,
    callFrom: result.callFrom,
    lane: result.lane,
    trunk: result.trunk,
    workerId: result.workerId,
    metadata: result.metadata,
    cause: 'NORMAL',
    q850: null,
    farEndType: result.farEndType,
    verdict: result.verdict,
    error: null,
    timings: { ...result.timings, endedAt },
    durationMs: Math.max(0, endedAt - (result.timings.answeredAt ?? endedAt)),
    ...rest,
  };
}

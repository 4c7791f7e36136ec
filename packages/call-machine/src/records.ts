import type { CallResult, EndedRecord } from '@outdial/contract';
import type { CallEnding, CallOutcome } from './outcome.js';

/** Which call it is: what is known of it without watching it. */
export type CallIdentity = Pick<
  CallResult,
  'jobId' | 'callId' | 'callTo' | 'callFrom' | 'lane' | 'trunk' | 'workerId' | 'metadata'
>;

/** When the job was queued, in epoch milliseconds, where that is known. */
export interface QueueFacts {
  enqueuedAt?: number;
}

/** The result to publish. */
export function toResult(outcome: CallOutcome, facts: CallIdentity & QueueFacts): CallResult {
  return { ...commonOf(facts), ...outcome, timings: timingsOf(outcome, facts) };
}

/** The ended record to publish. */
export function toEndedRecord(ending: CallEnding, facts: CallIdentity & QueueFacts): EndedRecord {
  return { ...commonOf(facts), ...ending, timings: timingsOf(ending, facts) };
}

function commonOf({
  jobId,
  callId,
  callTo,
  callFrom,
  lane,
  trunk,
  workerId,
  metadata,
}: CallIdentity): CallIdentity {
  return { jobId, callId, callTo, callFrom, lane, trunk, workerId, metadata };
}

function timingsOf({ timings }: Pick<CallResult, 'timings'>, { enqueuedAt }: QueueFacts) {
  return enqueuedAt === undefined ? timings : { enqueuedAt, ...timings };
}

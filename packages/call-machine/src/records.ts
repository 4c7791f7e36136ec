import type { CallResult, EndedRecord } from '@outdial/contract';
import type { CallEnding, CallOutcome } from './outcome.js';

/** What is known of a call without watching it. */
export type CallFacts = Pick<
  CallResult,
  'jobId' | 'callId' | 'callTo' | 'callFrom' | 'lane' | 'trunk' | 'workerId' | 'metadata'
>;

/** When the job was queued, in epoch milliseconds, where that is known. */
export interface QueueFacts {
  enqueuedAt?: number;
}

/** The result to publish. */
export function toResult(outcome: CallOutcome, facts: CallFacts & QueueFacts): CallResult {
  return { ...commonOf(facts), ...outcome, timings: timingsOf(outcome, facts) };
}

/** The ended record to publish. */
export function toEndedRecord(ending: CallEnding, facts: CallFacts & QueueFacts): EndedRecord {
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
}: CallFacts): CallFacts {
  return { jobId, callId, callTo, callFrom, lane, trunk, workerId, metadata };
}

function timingsOf({ timings }: Pick<CallResult, 'timings'>, { enqueuedAt }: QueueFacts) {
  return enqueuedAt === undefined ? timings : { enqueuedAt, ...timings };
}

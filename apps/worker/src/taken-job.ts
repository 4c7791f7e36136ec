import { type CallJob, type CallResult, OutdialError, parseCallJob } from '@outdial/contract';
import { draftResult } from '@outdial/ledger';
import type { Job } from 'bullmq';

/** The id under which the ledger knows a job. BullMQ numbers jobs added without an id, each lane from 1. */
export function jobIdOf({ id = '' }: Job<unknown>, lane: string): string {
  return /^\d*$/.test(id) ? `unnamed-${lane}-${id}` : id;
}

/** The checked call job that BullMQ handed over, or what is wrong with it: anybody can write into Redis. */
export function readCallJob(job: Job<unknown>, jobId: string): CallJob | OutdialError {
  const { data } = job;
  if (typeof data === 'object' && data !== null && 'unreadable' in data) {
    return invalid(`its data is not JSON: ${String(data.unreadable)}`);
  }
  try {
    const callJob = parseCallJob(data);
    return callJob.id === jobId
      ? callJob
      : invalid(`id: the queue has it as "${jobId}" (got "${callJob.id}")`);
  } catch (error) {
    if (error instanceof OutdialError) return error;
    throw error;
  }
}

/** The blank result of a job that breaks the contract, with as much of it as can be told. */
export function draftUnreadable(
  { data }: Job<unknown>,
  { jobId, lane, workerId }: { jobId: string; lane: string; workerId: string },
): CallResult {
  const callTo = typeof data === 'object' && data !== null && 'callTo' in data ? data.callTo : '';
  const known = typeof callTo === 'string' ? callTo.slice(0, 1024) : '';
  return draftResult({ id: jobId, callTo: known, lane, metadata: {} }, workerId);
}

function invalid(problem: string): OutdialError {
  return new OutdialError('INVALID_JOB', `invalid call job: ${problem}`);
}

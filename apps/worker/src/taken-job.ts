import { type CallJob, type CallResult, ledgerJobId, OutdialError, parseCallJob } from '@outdial/contract';
import { draftResult } from '@outdial/ledger';
import type { Job } from 'bullmq';
import type { UnreadableData } from './job-record.js';

/** The id under which the ledger knows a job. */
export function jobIdOf({ id = '' }: Job<unknown>, lane: string): string {
  return ledgerJobId(id, lane);
}

/**
 * The checked call job that BullMQ handed over, or what is wrong with it: anybody can write into Redis. Its lane is
 * the one that it was taken from, whatever it says itself.
 */
export function readCallJob(job: Job<unknown>, jobId: string, lane: string): CallJob | OutdialError {
  const { data } = job;
  if (isUnreadable(data)) return invalid(`its data is not JSON: ${data.unreadable.slice(0, 200)}`);
  try {
    const callJob = parseCallJob(data);
    return callJob.id === jobId
      ? { ...callJob, lane }
      : invalid(`id: the queue has it as "${jobId.slice(0, 200)}" (got "${callJob.id}")`);
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

function isUnreadable(data: unknown): data is UnreadableData {
  return (
    typeof data === 'object' && data !== null && 'unreadable' in data && typeof data.unreadable === 'string'
  );
}

function invalid(problem: string): OutdialError {
  return new OutdialError('INVALID_JOB', `invalid call job: ${problem}`);
}

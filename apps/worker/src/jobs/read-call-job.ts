import {
  type CallIdentity,
  type CallJob,
  callIdentity,
  ledgerJobId,
  OutdialError,
  parseCallJob,
  resultsQueueSchema,
} from '@outdial/contract';
import type { LaneJob, UnreadableData } from '@outdial/queue';

/** The id under which the ledger knows a job. */
export function jobIdOf({ id = '' }: LaneJob, lane: string): string {
  return ledgerJobId(id, lane);
}

/**
 * The checked call job that BullMQ handed over, or what is wrong with it: any client may have written it. Its lane is the
 * one that it was taken from, whatever the job says.
 */
export function readCallJob(job: LaneJob, jobId: string, lane: string): CallJob | OutdialError {
  const { data } = job;
  if (isUnreadable(data)) return invalid(`its data is not JSON: ${data.unreadable.slice(0, 200)}`);
  try {
    const callJob = parseCallJob(data);
    if (callJob.id !== jobId)
      return invalid(`id: the queue has it as "${jobId.slice(0, 200)}" (got "${callJob.id}")`);
    return callJob.lane === lane ? callJob : { ...callJob, lane };
  } catch (error) {
    if (error instanceof OutdialError) return error;
    throw error;
  }
}

/** The identity of a job that breaks the contract: as much of it as can be read. */
export function identityOfUnreadable(
  { data }: LaneJob,
  { jobId, lane, workerId }: { jobId: string; lane: string; workerId: string },
): CallIdentity {
  const { callTo, resultsQueue } = (typeof data === 'object' && data !== null ? data : {}) as Record<
    'callTo' | 'resultsQueue',
    unknown
  >;
  const known = typeof callTo === 'string' ? callTo.slice(0, 1024) : '';
  const named = resultsQueueSchema.safeParse(resultsQueue);
  const job = {
    id: jobId,
    callTo: known,
    lane,
    metadata: {},
    ...(named.success && { resultsQueue: named.data }),
  };
  return callIdentity(job, workerId);
}

function isUnreadable(data: unknown): data is UnreadableData {
  return (
    typeof data === 'object' && data !== null && 'unreadable' in data && typeof data.unreadable === 'string'
  );
}

function invalid(problem: string): OutdialError {
  return new OutdialError('INVALID_JOB', `invalid call job: ${problem}`);
}

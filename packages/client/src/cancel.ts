import { type CallResult, type EndedRecord, OutdialError } from '@outdial/contract';
import { draftResult, type Ledger, type Outbox } from '@outdial/ledger';
import { describeJob } from './job-input.js';
import type { Lanes } from './lanes.js';

export type CancelOutcome =
  /** It was waiting: it is never dialled, and this is its one result. */
  | { phase: 'waiting'; result: CallResult }
  /** The worker that holds the call was told to end it. */
  | { phase: 'calling' | 'ringing' | 'answered'; workerId: string }
  /** There was nothing left to cancel. */
  | { phase: 'ended'; result: CallResult; ended: EndedRecord | null };

/** Who settles a job that no worker has. */
const WORKER_ID = 'client';

/** Cancels a job in whatever phase it is; throws `JOB_NOT_FOUND`. */
export async function cancelJob(
  id: string,
  { lanes, ledger, outbox }: { lanes: Lanes; ledger: Ledger; outbox: Outbox },
): Promise<CancelOutcome> {
  const [job, entry] = await Promise.all([lanes.find(id), ledger.get(id)]);
  if (job === null && entry === null) throw new OutdialError('JOB_NOT_FOUND', `no call job ${id} is known`);
  // BullMQ may keep a finished job for longer than the ledger does.
  if (entry === null && job?.finishedOn !== undefined)
    throw new OutdialError('JOB_NOT_FOUND', `call job ${id} ended, and its record is past its retention`);
  const result = draftResult(describeJob(id, job?.data ?? entry?.job), WORKER_ID);
  const at = Date.now();
  const enqueuedAt = job?.timestamp;
  result.timings = { ...(enqueuedAt === undefined ? {} : { enqueuedAt }), endedAt: at };
  const event = { type: 'result', jobId: id, callId: null, workerId: WORKER_ID, at, result } as const;
  const answer = await ledger.requestCancel(id, result, { events: [event] });
  if (answer.phase === 'waiting') {
    await outbox.publishResult(result);
    await outbox.marked();
    // A worker may be holding it already: then it finds the result in the ledger, and lets go of it.
    await job?.remove().catch(() => undefined);
    return { phase: 'waiting', result };
  }
  if (answer.phase === 'ended') return answer;
  return { phase: answer.phase, workerId: answer.workerId };
}

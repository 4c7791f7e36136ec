import type { OutdialError } from '@outdial/contract';
import {
  DelayedError,
  isLockError,
  isRecordError,
  type LaneJob,
  moveToDelayed,
  moveToWait,
  WaitingError,
} from '@outdial/queue';
import { type RetryOptions, retryUntilWritten } from '../redis/retry-until-written.js';

/** How long a job that cannot be claimed now waits in its lane before it is handed out again. */
const DELAY_MS = 2000;

/** Ends a processor's run on a job that is to be handed out again after `delayMs`; that does not count as an attempt. */
export async function delayJob(job: LaneJob, options: RetryOptions, delayMs = DELAY_MS): Promise<never> {
  await move('delay the job', options, () => moveToDelayed(job, delayMs));
  throw new DelayedError();
}

/** Ends a processor's run on a job that another worker is to take. */
export async function putBack(job: LaneJob, options: RetryOptions): Promise<never> {
  await move('put the job back', options, () => moveToWait(job));
  throw new WaitingError();
}

/**
 * A job that Redis refuses to move stays with this worker until Redis moves it: BullMQ would count the refusal as an
 * attempt, and a job without further attempts would end. A job whose lock is lost was handed to another worker.
 */
async function move(what: string, options: RetryOptions, step: () => Promise<unknown>): Promise<void> {
  const attempt = async () => {
    try {
      await step();
      return null;
    } catch (error) {
      if (isLockError(error) || isRecordError(error)) return error;
      throw error;
    }
  };
  const failure = await retryUntilWritten(what, attempt, options);
  if (failure !== null && !isLockError(failure)) throw failure;
}

/** Tells BullMQ to try a job again after its back-off: nobody was dialled. */
export class DialRetry extends Error {
  constructor(failure: OutdialError) {
    super(`${failure.code}: ${failure.message}`, { cause: failure });
  }
}

/** Whether an error tells BullMQ that the job comes again later. */
export function isPostponement(error: unknown): boolean {
  return error instanceof DelayedError || error instanceof WaitingError || error instanceof DialRetry;
}

import type { OutdialError } from '@outdial/contract';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { Logger } from 'pino';
import { insist } from './insist.js';
import { isOfLock, isOfRecord } from './lane-errors.js';

/** How long a job that cannot be claimed now waits in its lane before it is looked at again. */
const LOOK_AGAIN_MS = 2000;

/** Ends a processor's run on a job that is to be looked at again soon, which is no try. */
export async function lookAgain(job: Job<unknown>, logger: Logger): Promise<never> {
  await move('look again', logger, () => job.moveToDelayed(Date.now() + LOOK_AGAIN_MS, job.token));
  throw new DelayedError();
}

/** Ends a processor's run on a job that is another worker's to take. */
export async function putBack(job: Job<unknown>, logger: Logger): Promise<never> {
  await move('put back', logger, () => job.moveToWait(job.token));
  throw new WaitingError();
}

/**
 * A job that Redis refuses to move stays ours until it does: BullMQ would count the refusal as a try, and a job without
 * further tries ends then. One whose lock is lost has been handed to somebody else.
 */
async function move(what: string, logger: Logger, step: () => Promise<unknown>): Promise<void> {
  const failure = await insist(what, logger, async () => {
    try {
      await step();
      return null;
    } catch (error) {
      if (isOfLock(error) || isOfRecord(error)) return error;
      throw error;
    }
  });
  if (failure !== null && !isOfLock(failure)) throw failure;
}

/** Tells BullMQ to try a job again after its back-off: nobody was dialled. */
export class DialRetry extends Error {
  constructor(failure: OutdialError) {
    super(`${failure.code}: ${failure.message}`, { cause: failure });
  }
}

/** Whether it is one of BullMQ's words for "later". */
export function isPostponement(error: unknown): boolean {
  return error instanceof DelayedError || error instanceof WaitingError || error instanceof DialRetry;
}

import { DelayedError, type Job, WaitingError } from 'bullmq';

/** A job that a lane's worker has handed over. Anybody may have written its data. */
export type LaneJob = Job<unknown, void>;

/** Moves a job back to its lane, to be handed out again after `delayMs`. That is no attempt. */
export async function moveToDelayed(job: LaneJob, delayMs: number): Promise<void> {
  await job.moveToDelayed(Date.now() + delayMs, job.token);
}

/** Moves a job back to its lane, for any worker to take at once. That is no attempt. */
export async function moveToWait(job: LaneJob): Promise<void> {
  await job.moveToWait(job.token);
}

/** What a lane's processor throws after `moveToDelayed`, and after `moveToWait`. */
export { DelayedError, WaitingError };

import { OutdialError } from '@outdial/contract';
import type { LaneQueue } from './lanes.js';

export interface LaneLimits {
  /** Calls begun a second, over all workers; null: no limit; absent: as it was. */
  callsPerSecond?: number | null;
  /** Calls at once, over all workers; null: no limit; absent: as it was. */
  concurrency?: number | null;
}

/** Throws `INVALID_CONFIGURATION` that names the field. */
export function checkLimits(limits: LaneLimits): void {
  const problem = (path: keyof LaneLimits, message: string) =>
    new OutdialError('INVALID_CONFIGURATION', `${path}: ${message}`, {
      issues: [{ path, message, value: limits[path] }],
    });
  const { callsPerSecond: rate, concurrency: calls } = limits;
  if (typeof rate === 'number' && !(rate > 0 && Number.isFinite(rate)))
    throw problem('callsPerSecond', 'is a number above 0, or null');
  if (typeof calls === 'number' && !(calls >= 1 && Number.isInteger(calls)))
    throw problem('concurrency', 'is a whole number from 1, or null');
}

/** Tells BullMQ, which keeps a lane's limits across all workers. */
export async function applyLimits(
  queue: LaneQueue,
  { callsPerSecond, concurrency }: LaneLimits,
): Promise<void> {
  if (callsPerSecond === null) await queue.removeGlobalRateLimit();
  else if (callsPerSecond !== undefined) {
    // BullMQ counts whole jobs in a window; a fraction shortens or stretches the window.
    const max = Math.max(1, Math.floor(callsPerSecond));
    await queue.setGlobalRateLimit(max, Math.ceil((1000 * max) / callsPerSecond));
  }
  if (concurrency === null) await queue.removeGlobalConcurrency();
  else if (concurrency !== undefined) await queue.setGlobalConcurrency(concurrency);
}

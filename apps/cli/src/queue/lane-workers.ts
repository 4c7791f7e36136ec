import { OutdialError } from '@outdial/contract';
import type { QueueInspection } from './queue-inspection.js';

const POLL_INTERVAL_MS = 2000;
/** A worker that reconnects to Redis is absent for a moment. */
const MAX_MISSES = 3;

export const HOW_TO_START_A_WORKER =
  'start one with "outdial worker" ("npm start -- --stay" starts Redis, a lab and a worker for trials)';

/** Throws `QUEUE_UNAVAILABLE` unless a worker takes jobs of the lane: the call would wait indefinitely. */
export async function assertLaneHasWorkers(lane: string, inspection: QueueInspection): Promise<void> {
  if ((await inspection.workersOf(lane)) > 0) return;
  throw new OutdialError(
    'QUEUE_UNAVAILABLE',
    `no worker takes jobs of lane "${lane}": ${HOW_TO_START_A_WORKER}`,
  );
}

/** `promise` rejects with `WORKER_LOST` once the lane has had no worker for several seconds. */
export function watchLaneWorkers(
  lane: string,
  inspection: QueueInspection,
): { promise: Promise<never>; close(): void } {
  let misses = 0;
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_, reject) => {
    const poll = async () => {
      try {
        misses = (await inspection.workersOf(lane)) > 0 ? 0 : misses + 1;
      } catch {
        // Without Redis, nothing is known about the workers.
      }
      if (misses < MAX_MISSES) return;
      const message = `lane "${lane}" has no worker any longer: ${HOW_TO_START_A_WORKER}; "outdial results" will then show the result of the call`;
      reject(new OutdialError('WORKER_LOST', message));
    };
    timer = setInterval(() => void poll(), POLL_INTERVAL_MS);
  });
  // Not awaited once the call has ended.
  promise.catch(() => undefined);
  return { promise, close: () => clearInterval(timer) };
}

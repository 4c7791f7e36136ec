import { OutdialError } from '@outdial/contract';
import type { QueueInspection } from './queue-inspection.js';

const LOOK_EVERY_MS = 2000;
/** A worker that reconnects to Redis is missed for a moment. */
const LOOKS_WITHOUT_WORKER = 3;

export const HOW_TO_START_A_WORKER =
  'start one with "outdial worker" ("npm start -- --stay" brings up Redis, a lab and a worker to try things on)';

/** Throws unless some worker takes jobs of the lane: the call would wait for ever. */
export async function assertWorkerTakes(lane: string, inspection: QueueInspection): Promise<void> {
  if ((await inspection.workersOf(lane)) > 0) return;
  throw new OutdialError(
    'QUEUE_UNAVAILABLE',
    `no worker takes jobs of lane "${lane}": ${HOW_TO_START_A_WORKER}`,
  );
}

/** Rejects once no worker has taken jobs of the lane for a while. */
export function whenWorkersAreGone(
  lane: string,
  inspection: QueueInspection,
): { promise: Promise<never>; stop(): void } {
  let misses = 0;
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_, reject) => {
    const look = async () => {
      try {
        misses = (await inspection.workersOf(lane)) > 0 ? 0 : misses + 1;
      } catch {
        // Redis is away, which says nothing about the workers.
      }
      if (misses < LOOKS_WITHOUT_WORKER) return;
      const message = `every worker of lane "${lane}" is gone: ${HOW_TO_START_A_WORKER}; "outdial results" has the call's result then`;
      reject(new OutdialError('WORKER_LOST', message));
    };
    timer = setInterval(() => void look(), LOOK_EVERY_MS);
  });
  // Nobody listens once the call is over.
  promise.catch(() => undefined);
  return { promise, stop: () => clearInterval(timer) };
}

import { CallQueue } from '@outdial/client';
import { HOW_TO_START_A_WORKER } from '../alive-workers.js';
import type { Session } from '../session.js';
import { type Check, inOrder, wrong } from './check.js';

/** Whether workers take the jobs that wait, and whether there are any workers at all. */
export async function checkLanes({ redis, prefix, inspection }: Session): Promise<Check[]> {
  const queue = new CallQueue({ redis, prefix });
  try {
    const lanes = await Promise.all(
      (await queue.lanes()).map(async (lane) => {
        const [workers, counts] = await Promise.all([inspection.workersOf(lane), queue.counts(lane)]);
        return { lane, workers, ...counts };
      }),
    );
    if (lanes.every(({ workers }) => workers === 0)) {
      return [
        wrong('workers', 'none takes the jobs of any known lane', HOW_TO_START_A_WORKER),
        ...lanes.map(checkLane),
      ];
    }
    return lanes.map(checkLane);
  } finally {
    await queue.close();
  }
}

interface Lane {
  lane: string;
  workers: number;
  waiting: number;
  active: number;
  delayed: number;
}

function checkLane({ lane, workers, waiting, active, delayed }: Lane): Check {
  const found = `${workers} ${workers === 1 ? 'worker' : 'workers'}; ${waiting} jobs wait, ${active} are in progress, ${delayed} are to be tried again`;
  if (workers > 0 || waiting + delayed === 0) return inOrder(`lane ${lane}`, found);
  return wrong(`lane ${lane}`, found, `start a worker that takes it: OUTDIAL_LANES=${lane} outdial worker`);
}

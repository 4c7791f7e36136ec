import { CallQueue } from '@outdial/client';
import { HOW_TO_START_A_WORKER } from '../queue/lane-workers.js';
import type { Session } from '../queue/session.js';
import { type Check, failed, passed } from './check.js';

/** Checks that there are workers, and that every lane with waiting jobs has one. */
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
        failed('workers', 'no worker takes jobs of any known lane', HOW_TO_START_A_WORKER),
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
  const found = `${workers} ${workers === 1 ? 'worker' : 'workers'}; ${waiting} jobs waiting, ${active} in progress, ${delayed} to be retried`;
  if (workers > 0 || waiting + delayed === 0) return passed(`lane ${lane}`, found);
  return failed(`lane ${lane}`, found, `start a worker for this lane: OUTDIAL_LANES=${lane} outdial worker`);
}

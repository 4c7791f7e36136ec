import type { FoundJob, Lanes } from './lanes.js';

/** The lists in which a lane's jobs wait, in the order in which they are told. */
const LISTS = ['prioritized', 'wait', 'paused', 'delayed'] as const;

/** Where in a lane a page begins. */
export interface WaitingPlace {
  list: number;
  from: number;
}

/** A job that waits, with the id that its queue knows it by. */
export interface WaitingJob {
  queueId: string;
  job: FoundJob;
}

/**
 * Jobs of a lane that wait for a worker, those that are taken next first. `next` is where to go on; null: there are no more. Jobs
 * that are taken meanwhile move those behind them up, so a page that follows may leave some out, which are calls by then.
 */
export async function waitingJobs(
  lanes: Lanes,
  lane: string,
  { list, from }: WaitingPlace,
  count: number,
): Promise<{ jobs: WaitingJob[]; next: WaitingPlace | null }> {
  const name = LISTS[list];
  if (name === undefined) return { jobs: [], next: null };
  const ids = await lanes.waitingIds(lane, name, from, count);
  const jobs: WaitingJob[] = [];
  const found = await Promise.all(ids.map((queueId) => lanes.findIn(lane, queueId)));
  for (const [at, job] of found.entries()) {
    // A worker may have taken it, and be done with it, meanwhile.
    if (job !== null) jobs.push({ queueId: ids[at] as string, job });
  }
  const next = ids.length < count ? { list: list + 1, from: 0 } : { list, from: from + count };
  return { jobs, next: next.list < LISTS.length ? next : null };
}

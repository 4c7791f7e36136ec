import type { Queue } from 'bullmq';
import { openQueue } from '../bullmq/open-queue.js';
import type { RedisAccess } from '../redis/redis-access.js';

/** How many tasks are in which state. */
export interface TaskCounts {
  /** Not taken yet. */
  waiting: number;
  /** In the hands of a handler. */
  active: number;
  /** Put off until later. */
  delayed: number;
}

/** Milliseconds before a task is tried again whose handler failed in a way that it does not know. */
const REPEAT_MS = 5000;

type AddedJobs<Data> = Parameters<Queue<Data, unknown, string>['addBulk']>[0];

/** A queue of tasks, each of which is handed out until a handler has done it. */
export class TaskQueue<Data> {
  readonly #access: RedisAccess;
  readonly #queue: Queue<Data, unknown, string>;

  /** The access is shared; it is not closed here. To be called when Redis was reached once. */
  constructor(access: RedisAccess, name: string) {
    this.#access = access;
    this.#queue = openQueue<Data>(name, { redis: access.client, prefix: access.prefix });
  }

  /** Adds tasks in one round trip. One whose id is in the queue already is left as it is. */
  async add(tasks: ReadonlyArray<{ id: string; data: Data }>): Promise<void> {
    const jobs = tasks.map(({ id, data }) => ({
      name: 'task',
      data,
      opts: {
        jobId: id,
        attempts: Number.MAX_SAFE_INTEGER,
        backoff: { type: 'fixed', delay: REPEAT_MS },
        removeOnComplete: true,
      },
    }));
    if (jobs.length > 0)
      await this.#access.request('add tasks', () => this.#queue.addBulk(jobs as AddedJobs<Data>));
  }

  /** Tasks that were put off are handed out at once. */
  async hurry(): Promise<void> {
    await this.#access.request('hurry tasks', () => this.#queue.promoteJobs());
  }

  counts(): Promise<TaskCounts> {
    return this.#access.request('count tasks', async () => {
      const counts = await this.#queue.getJobCounts('wait', 'active', 'delayed');
      return { waiting: counts.wait ?? 0, active: counts.active ?? 0, delayed: counts.delayed ?? 0 };
    });
  }

  /** Removes the queue with everything in it. */
  async drop(): Promise<void> {
    await this.#access.request('drop a queue', () => this.#queue.obliterate({ force: true }));
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

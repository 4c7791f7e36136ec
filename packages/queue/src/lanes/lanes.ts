import { type CallJob, DEFAULTS, laneQueueName, laneSchema, lanesKey, OutdialError } from '@outdial/contract';
import type { JobsOptions, Queue } from 'bullmq';
import { openQueue } from '../bullmq/open-queue.js';
import type { RedisAccess } from '../redis/redis-access.js';
import { applyLimits, type LaneSettings, readSettings } from './lane-limits.js';

/** Returns a lane's name as it is. Throws `INVALID_CONFIGURATION` for what cannot be one. */
export function checkLane(lane: string): string {
  const parsed = laneSchema.safeParse(lane);
  if (parsed.success) return parsed.data;
  const issue = { path: 'lane', message: parsed.error.issues[0]?.message ?? 'invalid', value: lane };
  throw new OutdialError('INVALID_CONFIGURATION', `lane: ${issue.message}`, { issues: [issue] });
}

export type LaneQueue = Queue<CallJob, unknown, string>;

/** How a lane keeps a job: attempts, back-off and retention. */
export type LaneJobOptions = JobsOptions;

/** What a lane has of a job. Anybody may have written it. */
export interface FoundJob {
  data: unknown;
  /** Epoch milliseconds, where they make sense. */
  timestamp: number | undefined;
  finishedOn: number | undefined;
  /** Rejects while a worker has it. */
  remove(): Promise<unknown>;
}

/** The BullMQ queues of the lanes, each opened with its first use. */
export class Lanes {
  readonly #access: RedisAccess;
  readonly #queues = new Map<string, LaneQueue>();
  readonly #registered = new Set<string>();

  constructor(access: RedisAccess) {
    this.#access = access;
  }

  /** The queue of a lane. To be called within a request, when the connection is ready. */
  queue(lane: string): LaneQueue {
    let queue = this.#queues.get(lane);
    if (queue === undefined) {
      queue = openQueue<CallJob>(laneQueueName(lane), {
        redis: this.#access.client,
        prefix: this.#access.prefix,
      }) as LaneQueue;
      this.#queues.set(lane, queue);
    }
    return queue;
  }

  /** Records that the lane exists, once a process. */
  async register(lane: string): Promise<void> {
    if (this.#registered.has(lane)) return;
    await this.#access.client.sadd(lanesKey(this.#access.prefix), lane);
    this.#registered.add(lane);
  }

  /** Every lane that is known, the default one among them, in alphabetical order. */
  async names(): Promise<string[]> {
    const names = await this.#access.client.smembers(lanesKey(this.#access.prefix));
    return [...new Set([DEFAULTS.lane, ...names])].sort();
  }

  /** A job, in whatever lane it is; null when none has it. */
  async find(jobId: string): Promise<FoundJob | null> {
    const jobs = await Promise.all((await this.names()).map((lane) => this.findIn(lane, jobId)));
    return jobs.find((job) => job !== null) ?? null;
  }

  /** The ids of all jobs that a lane is not done with, as they were at one moment. */
  async unfinishedIds(lane: string): Promise<string[]> {
    const queue = this.queue(lane);
    const replies = await this.#access.client
      .multi()
      // The next to be taken is the last of the list.
      .lrange(queue.toKey('wait'), 0, -1)
      .lrange(queue.toKey('paused'), 0, -1)
      .zrange(queue.toKey('prioritized'), '0', '-1')
      .zrange(queue.toKey('delayed'), '0', '-1')
      .lrange(queue.toKey('active'), 0, -1)
      .exec();
    const ids = (replies ?? []).flatMap(([error, list]) =>
      error === null ? (list as string[]).reverse() : [],
    );
    return [...new Set(ids)];
  }

  /** Ids of `count` jobs in one of the lists in which a lane's jobs wait, from the `from`-th on that is taken next. */
  async waitingIds(
    lane: string,
    list: 'prioritized' | 'wait' | 'paused' | 'delayed',
    from: number,
    count: number,
  ): Promise<string[]> {
    const key = this.queue(lane).toKey(list);
    const { client } = this.#access;
    if (list === 'prioritized' || list === 'delayed')
      return client.zrange(key, String(from), String(from + count - 1));
    // The next to be taken is the last of the list.
    return (await client.lrange(key, -from - count, -from - 1)).reverse();
  }

  /** Since when the job that is next in any of the lists of a lane waits, in epoch milliseconds; null: none waits. */
  async oldestWaitingAt(lane: string): Promise<number | null> {
    const lists = ['prioritized', 'wait', 'paused', 'delayed'] as const;
    const heads = await Promise.all(lists.map((list) => this.waitingIds(lane, list, 0, 1)));
    const jobs = await Promise.all(heads.flat().map((id) => this.findIn(lane, id)));
    const moments = jobs.flatMap((job) => (job?.timestamp === undefined ? [] : [job.timestamp]));
    return moments.length === 0 ? null : Math.min(...moments);
  }

  /** A job of a lane; null when the lane does not have it. */
  async findIn(lane: string, jobId: string): Promise<FoundJob | null> {
    const queue = this.queue(lane);
    const remove = () => queue.remove(jobId);
    try {
      const job = await queue.getJob(jobId);
      if (job === undefined) return null;
      const { data, finishedOn } = job;
      const timestamp = Number.isSafeInteger(job.timestamp) && job.timestamp >= 0 ? job.timestamp : undefined;
      return { data, finishedOn, timestamp, remove };
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      // Its record cannot be read. The worker that takes it says so in the job's result.
      return { data: null, finishedOn: undefined, timestamp: undefined, remove };
    }
  }

  /** The data of up to `limit` jobs of a lane that wait for a worker, without taking them. */
  async peekWaiting(lane: string, limit: number): Promise<unknown[]> {
    try {
      const jobs = await this.queue(lane).getJobs(['wait', 'prioritized', 'delayed'], 0, limit - 1);
      // A job that a worker takes meanwhile may be gone.
      return jobs.flatMap((job) => (job === undefined || job === null ? [] : [job.data]));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      // One of their records cannot be read. The worker that takes it says so in the job's result.
      return [];
    }
  }

  /** How many workers take jobs of a lane now. */
  workerCount(lane: string): Promise<number> {
    return this.queue(lane).getWorkersCount();
  }

  /** The limits of a lane, and whether it is paused. */
  settings(lane: string): Promise<LaneSettings> {
    return readSettings(this.#place(lane));
  }

  /** Changes the limits of a lane for all workers; what is absent stays as it is. */
  setLimits(lane: string, limits: Partial<Omit<LaneSettings, 'isPaused'>>): Promise<void> {
    return applyLimits(this.#place(lane), limits);
  }

  /** From now on no worker begins a call of the lane; calls that were begun go on. */
  pause(lane: string): Promise<void> {
    return this.queue(lane).pause();
  }

  /** Undoes `pause`. */
  resume(lane: string): Promise<void> {
    return this.queue(lane).resume();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #place(lane: string) {
    const { client: redis, prefix } = this.#access;
    return { queue: this.queue(lane), redis, prefix, lane };
  }
}

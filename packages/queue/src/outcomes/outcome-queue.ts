import { outcomeJobId } from '@outdial/contract';
import type { JobsOptions, Queue } from 'bullmq';
import { openQueue } from '../bullmq/open-queue.js';
import type { RedisClient } from '../redis/redis-client.js';

/** What a queue does with its outcomes; durations in the unit of their name. */
export interface OutcomeOptions {
  /** How often a consumer whose handler throws gets an outcome again, the first time included. */
  attempts: number;
  /** Milliseconds before the first repeat; doubled with each. */
  backoffMs: number;
  /** Seconds that an outcome is kept once it was consumed, or failed for good. */
  ageSeconds: number;
  /** At most so many consumed outcomes, and as many that failed for good. */
  consumedMax: number;
}

/** How many outcomes a queue has in which state. */
export interface OutcomeCounts {
  /** Not taken by a consumer yet. */
  waiting: number;
  /** In the hands of a consumer. */
  active: number;
  /** A consumer's handler threw; they are tried again later. */
  delayed: number;
  /** Consumed, and kept for the retention. */
  consumed: number;
  /** Given up after the last try. */
  failed: number;
}

/** Outcomes that are dropped in one step, so that Redis is not held up. */
const DROPPED_AT_A_TIME = 1000;
const PAGE = 200;

/** A queue of outcomes (results, or ended records), which consumers share. */
export class OutcomeQueue {
  readonly #queue: Queue<unknown, unknown, string>;

  /** The connection is shared; `close` leaves it open. */
  constructor(name: string, place: { redis: RedisClient; prefix: string }) {
    this.#queue = openQueue(name, place);
  }

  /** Adds outcomes in one round trip. One that is there already, by its job's id, is left as it is. */
  async add(
    outcomes: ReadonlyArray<{ kind: string; jobId: string; record: unknown }>,
    options: OutcomeOptions,
  ): Promise<void> {
    const keep = { age: options.ageSeconds, count: options.consumedMax };
    const common: JobsOptions = {
      attempts: options.attempts,
      backoff: { type: 'exponential', delay: options.backoffMs },
      removeOnComplete: keep,
      removeOnFail: keep,
    };
    const jobs = outcomes.map(({ kind, jobId, record }) => ({
      name: kind,
      data: record,
      opts: { jobId: outcomeJobId(jobId), ...common },
    }));
    const [only, ...others] = jobs;
    // BullMQ adds several in a transaction, which costs one alone twice as much.
    if (only !== undefined && others.length === 0) await this.#queue.add(only.name, only.data, only.opts);
    else if (only !== undefined) await this.#queue.addBulk(jobs);
  }

  /** How many outcomes are in which state. */
  async counts(): Promise<OutcomeCounts> {
    const counts = await this.#queue.getJobCounts('wait', 'active', 'delayed', 'completed', 'failed');
    return {
      waiting: counts.wait ?? 0,
      active: counts.active ?? 0,
      delayed: counts.delayed ?? 0,
      consumed: counts.completed ?? 0,
      failed: counts.failed ?? 0,
    };
  }

  /** Since when the oldest outcome waits for a consumer, in epoch milliseconds; null: none does. */
  async oldestAt(): Promise<number | null> {
    const [oldest] = await this.#queue.getWaiting(0, 0);
    return oldest?.timestamp ?? null;
  }

  /** The outcomes that are not consumed yet, the oldest first, without taking them. */
  async *peek(): AsyncGenerator<unknown, void, undefined> {
    for (let from = 0; ; from += PAGE) {
      const page = await this.page(from, PAGE);
      if (page === null) return;
      yield* page;
    }
  }

  /** One page of what `peek` returns, from the `from`-th oldest on; null: there are no more. */
  async page(from: number, count: number): Promise<unknown[] | null> {
    const jobs = await this.#queue.getJobs(['wait', 'delayed'], from, from + count - 1, true);
    // One that was dropped meanwhile is undefined, which BullMQ's types leave out.
    return jobs.length === 0 ? null : jobs.flatMap((job) => (job === undefined ? [] : [job.data]));
  }

  /** Drops waiting outcomes that are older than `ageMs` or more than `max`, the oldest first. Returns how many. */
  async trimWaiting({ ageMs, max }: { ageMs: number; max: number }): Promise<number> {
    for (let dropped = 0; ; ) {
      const excess = (await this.#queue.getWaitingCount()) - max;
      const cleaned =
        excess > 0
          ? await this.#queue.clean(0, Math.min(excess, DROPPED_AT_A_TIME), 'wait')
          : await this.#dropOld(ageMs);
      if (cleaned.length === 0) return dropped;
      dropped += cleaned.length;
    }
  }

  /** Drops consumed and failed outcomes that are older than `ageMs`; BullMQ itself does so only when others finish. */
  async trimFinished({ ageMs }: { ageMs: number }): Promise<void> {
    for (const state of ['completed', 'failed'] as const) {
      const [oldest] = await this.#queue.getJobs([state], 0, 0, true);
      if (oldest?.finishedOn === undefined || oldest.finishedOn > Date.now() - ageMs) continue;
      while ((await this.#queue.clean(ageMs, DROPPED_AT_A_TIME, state)).length === DROPPED_AT_A_TIME);
    }
  }

  async #dropOld(ageMs: number): Promise<string[]> {
    // A look first: each cleaning adds an entry to the queue's own stream.
    const [oldest] = await this.#queue.getWaiting(0, 0);
    if (oldest === undefined || oldest.timestamp > Date.now() - ageMs) return [];
    return this.#queue.clean(ageMs, DROPPED_AT_A_TIME, 'wait');
  }

  async close(): Promise<void> {
    await this.#queue.close();
  }
}

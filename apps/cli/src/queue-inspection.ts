import { ENDED_QUEUE, laneQueueName, RESULTS_QUEUE } from '@outdial/contract';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export type OutcomeKind = 'results' | 'ended';

const OUTCOME_QUEUES: Readonly<Record<OutcomeKind, string>> = { results: RESULTS_QUEUE, ended: ENDED_QUEUE };
const PAGE = 200;

/** Looks at the queues without taking anything from them. */
export class QueueInspection {
  readonly #redis: Redis;
  readonly #prefix: string;
  readonly #queues = new Map<string, Queue>();

  constructor(redis: Redis, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** How many workers take jobs of a lane now. */
  workersOf(lane: string): Promise<number> {
    return this.#queue(laneQueueName(lane)).getWorkersCount();
  }

  /** How many outcomes wait for a consumer, and how many to be tried again later. */
  async countOutcomes(kind: OutcomeKind): Promise<{ waiting: number; delayed: number }> {
    const counts = await this.#queue(OUTCOME_QUEUES[kind]).getJobCounts('wait', 'delayed');
    return { waiting: counts.wait ?? 0, delayed: counts.delayed ?? 0 };
  }

  /** The outcomes that nobody has consumed, the oldest first. */
  async *peek(kind: OutcomeKind): AsyncGenerator<unknown, void, undefined> {
    for (let from = 0; ; from += PAGE) {
      const jobs = await this.#queue(OUTCOME_QUEUES[kind]).getJobs(
        ['wait', 'delayed'],
        from,
        from + PAGE - 1,
        true,
      );
      for (const job of jobs) yield job.data;
      if (jobs.length === 0) return;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #queue(name: string): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new Queue(name, { connection: this.#redis, prefix: this.#prefix, skipVersionCheck: true });
      // It passes the shared connection's errors on, which every request that they break tells of anyway.
      queue.on('error', () => undefined);
      this.#queues.set(name, queue);
    }
    return queue;
  }
}

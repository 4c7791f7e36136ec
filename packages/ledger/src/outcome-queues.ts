import {
  type CallResult,
  type EndedRecord,
  endedQueueName,
  RESULTS_QUEUE,
  resultsQueueSchema,
  resultsQueuesKey,
} from '@outdial/contract';
import { OutcomeQueue, type RedisClient } from '@outdial/queue';
import type { OutcomeKind } from './replies.js';

/** A results queue to which nothing was published for so long after its retention is forgotten. */
const FORGOTTEN_AFTER_MS = 24 * 3600 * 1000;

interface QueueRetention {
  ageSeconds: number;
  unconsumedMax: number;
}

/** The results queue that an outcome belongs to. A record that names none, or no valid one, goes to the default. */
export function resultsQueueOf(record: Partial<Pick<CallResult, 'resultsQueue'>>): string {
  const parsed = resultsQueueSchema.safeParse(record.resultsQueue);
  return parsed.success ? parsed.data : RESULTS_QUEUE;
}

/** The queues that outcomes are published to: for each results queue one of results and one of ended records. */
export class OutcomeQueues {
  readonly #redis: RedisClient;
  readonly #prefix: string;
  readonly #queues = new Map<string, OutcomeQueue>();

  /** `redis` is shared; it is not closed here. */
  constructor(redis: RedisClient, prefix: string) {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  /** The queue that an outcome goes to. */
  of(kind: OutcomeKind, record: CallResult | EndedRecord): OutcomeQueue {
    return this.#open(kind, resultsQueueOf(record));
  }

  /**
   * Notes the results queues of published outcomes, so that `trim` finds them. Called after each publication, not
   * before: a queue that is being forgotten meanwhile is noted again.
   */
  async remember(records: ReadonlyArray<CallResult | EndedRecord>): Promise<void> {
    const names = new Set(records.map(resultsQueueOf));
    names.delete(RESULTS_QUEUE);
    if (names.size === 0) return;
    const now = Date.now();
    await this.#redis.zadd(resultsQueuesKey(this.#prefix), ...[...names].flatMap((name) => [`${now}`, name]));
  }

  /** Drops what is past its retention, the oldest first. Returns how many unconsumed outcomes of each kind. */
  async trim(retention: QueueRetention): Promise<Record<OutcomeKind, number>> {
    const key = resultsQueuesKey(this.#prefix);
    const named = await this.#redis.zrange(key, '0', '-1');
    const ageMs = retention.ageSeconds * 1000;
    const dropped = { result: 0, ended: 0 };
    for (const resultsQueue of [RESULTS_QUEUE, ...named]) {
      for (const kind of ['result', 'ended'] as const) {
        const queue = this.#open(kind, resultsQueue);
        dropped[kind] += await queue.trimWaiting({ ageMs, max: retention.unconsumedMax });
        // BullMQ drops these when further ones finish, and in the queue of a campaign that is over none do.
        if (resultsQueue !== RESULTS_QUEUE) await queue.trimFinished({ ageMs });
      }
    }
    const forgottenUpTo = Date.now() - ageMs - FORGOTTEN_AFTER_MS;
    await this.#redis.zremrangebyscore(key, '-inf', `${forgottenUpTo}`);
    return dropped;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  #open(kind: OutcomeKind, resultsQueue: string): OutcomeQueue {
    const name = kind === 'result' ? resultsQueue : endedQueueName(resultsQueue);
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new OutcomeQueue(name, { redis: this.#redis, prefix: this.#prefix });
      this.#queues.set(name, queue);
    }
    return queue;
  }
}

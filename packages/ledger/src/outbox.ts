import { setTimeout as delay } from 'node:timers/promises';
import { type CallResult, type EndedRecord, RETENTION_DEFAULTS } from '@outdial/contract';
import type { OutcomeOptions, OutcomeQueue, RedisClient } from '@outdial/queue';
import type { Ledger } from './ledger.js';
import { OutcomeQueues } from './outcome-queues.js';
import type { OutboxItem, OutcomeKind } from './replies.js';

/** How long results queues and the queues of ended records keep outcomes; the numbers hold for each queue. */
export interface OutcomeRetention {
  /**
   * Seconds that an outcome is kept: after it was consumed, or failed for good, or while it waits for a consumer
   * (default 7 days). A repeat is ignored while the first is still there, so this must be longer than any time in which
   * all workers may be down.
   */
  ageSeconds?: number;
  /** At most so many consumed outcomes, and as many that failed for good (default 100,000). */
  consumedMax?: number;
  /** At most so many that wait for a consumer, the newest (default 1,000,000). */
  unconsumedMax?: number;
}

export interface OutboxOptions {
  ledger: Ledger;
  /** Shared; the outbox does not close it. */
  redis: RedisClient;
  /** How often a consumer whose handler throws gets an outcome again, the first time included. */
  attempts?: number;
  /** Milliseconds before the first repeat; doubled with each. */
  backoffMs?: number;
  retention?: OutcomeRetention;
  /** Milliseconds over which marks are gathered into one round trip (default 100). */
  markDelayMs?: number;
}

/**
 * Moves outcomes from the ledger to the queues that their jobs name. The id in the queue comes from the call job's, so
 * that an outcome that is added twice is there once. After a crash between adding and marking, the next sweep marks it.
 */
export class Outbox {
  readonly #ledger: Ledger;
  readonly #options: OutcomeOptions;
  readonly #markDelayMs: number;
  readonly #retention: Required<OutcomeRetention>;
  readonly #queues: OutcomeQueues;
  #unmarked: OutboxItem[] = [];
  readonly #markings = new Set<Promise<void>>();

  constructor(options: OutboxOptions) {
    this.#ledger = options.ledger;
    this.#queues = new OutcomeQueues(options.redis, options.ledger.prefix);
    this.#markDelayMs = options.markDelayMs ?? 100;
    this.#retention = {
      ageSeconds: RETENTION_DEFAULTS.ageSeconds,
      consumedMax: RETENTION_DEFAULTS.consumedMax,
      unconsumedMax: RETENTION_DEFAULTS.unconsumedMax,
      ...options.retention,
    };
    const { ageSeconds, consumedMax } = this.#retention;
    this.#options = {
      attempts: options.attempts ?? 12,
      backoffMs: options.backoffMs ?? 1000,
      ageSeconds,
      consumedMax,
    };
  }

  /** Publishes a recorded outcome, and resolves once its queue has it. It is marked soon, together with others. */
  async publish(item: OutboxItem): Promise<void> {
    await this.#queues.of(item.kind, item.record).add([item], this.#options);
    await this.#queues.remember([item.record]);
    this.#unmarked.push(item);
    if (this.#unmarked.length > 1) return;
    const marking = this.#markSoon().finally(() => this.#markings.delete(marking));
    this.#markings.add(marking);
  }

  /** Resolves once everything that was published so far is marked, or left to a sweep. */
  async marked(): Promise<void> {
    await Promise.all(this.#markings);
  }

  publishResult(result: CallResult): Promise<void> {
    return this.publish({ kind: 'result', jobId: result.jobId, record: result });
  }

  publishEnded(ended: EndedRecord): Promise<void> {
    return this.publish({ kind: 'ended', jobId: ended.jobId, record: ended });
  }

  /**
   * Publishes outcomes that were recorded and not published, and returns how many. Those younger than `olderThanMs` are
   * left to the worker that recorded them.
   */
  async sweep({ olderThanMs = 5000, limit = 100 } = {}): Promise<number> {
    let count = 0;
    for (;;) {
      const items = await this.#ledger.unpublished({ limit, olderThanMs });
      const batches = new Map<OutcomeQueue, OutboxItem[]>();
      for (const item of items) {
        // What is no record is marked like the others, and stays in its entry.
        if (item.record === null) continue;
        const queue = this.#queues.of(item.kind, item.record);
        batches.set(queue, [...(batches.get(queue) ?? []), item]);
      }
      for (const [queue, batch] of batches) {
        await queue.add(batch, this.#options);
        await this.#queues.remember(batch.map(({ record }) => record));
      }
      await this.#ledger.markPublished(items);
      count += items.length;
      if (items.length < limit) return count;
    }
  }

  /**
   * Drops outcomes that were not consumed within their retention, the oldest first, and returns how many of each kind. The
   * ended records of a campaign that never asks for them would otherwise fill Redis.
   */
  trim(): Promise<Record<OutcomeKind, number>> {
    return this.#queues.trim(this.#retention);
  }

  /** Waits for the marks under way. */
  async close(): Promise<void> {
    await this.marked();
    await this.#queues.close();
  }

  async #markSoon(): Promise<void> {
    await delay(this.#markDelayMs);
    const items = this.#unmarked;
    this.#unmarked = [];
    // What could not be marked is added again by the next sweep, ignored by its queue, and marked then.
    await this.#ledger.markPublished(items).catch(() => undefined);
  }
}

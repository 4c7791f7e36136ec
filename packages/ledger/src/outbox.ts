import { setTimeout as delay } from 'node:timers/promises';
import {
  type CallResult,
  ENDED_QUEUE,
  type EndedRecord,
  QUEUE_STREAM_MAX,
  RESULTS_QUEUE,
  RETENTION_DEFAULTS,
} from '@outdial/contract';
import { type JobsOptions, Queue } from 'bullmq';
import type { OutboxItem, OutcomeKind } from './answers.js';
import type { Ledger } from './ledger.js';
import type { RedisClient } from './redis-client.js';

/** How long the results and ended queues keep outcomes; the numbers hold for each of the two. */
export interface OutcomeRetention {
  /**
   * Seconds that an outcome is kept: after it was consumed, or failed for good, or since it waits for a consumer
   * (default 7 days). A repeat is dropped while the first is still there, so this must be longer than the time in which
   * every worker may be down between adding an outcome and marking it.
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

/** Outcomes that are dropped in one step, so that Redis is not held up. */
const DROPPED_AT_A_TIME = 1000;

const QUEUE_NAMES: Readonly<Record<OutcomeKind, string>> = { result: RESULTS_QUEUE, ended: ENDED_QUEUE };

/**
 * Moves outcomes from the ledger to the results and ended queues. The queue's job id comes from the call job's, so
 * that adding an outcome twice adds it once; a crash between adding and marking is mended by the next sweep.
 */
export class Outbox {
  readonly #ledger: Ledger;
  readonly #redis: RedisClient;
  readonly #jobOptions: JobsOptions;
  readonly #markDelayMs: number;
  readonly #retention: Required<OutcomeRetention>;
  readonly #queues = new Map<OutcomeKind, Queue>();
  #unmarked: OutboxItem[] = [];
  readonly #markings = new Set<Promise<void>>();

  constructor(options: OutboxOptions) {
    this.#ledger = options.ledger;
    this.#redis = options.redis;
    this.#markDelayMs = options.markDelayMs ?? 100;
    this.#retention = {
      ageSeconds: RETENTION_DEFAULTS.ageSeconds,
      consumedMax: RETENTION_DEFAULTS.consumedMax,
      unconsumedMax: RETENTION_DEFAULTS.unconsumedMax,
      ...options.retention,
    };
    const keep = { age: this.#retention.ageSeconds, count: this.#retention.consumedMax };
    this.#jobOptions = {
      attempts: options.attempts ?? 12,
      backoff: { type: 'exponential', delay: options.backoffMs ?? 1000 },
      removeOnComplete: keep,
      removeOnFail: keep,
    };
  }

  /** Publishes one recorded outcome; resolves when its queue has it. It is marked soon, together with others. */
  async publish(item: OutboxItem): Promise<void> {
    await this.#queue(item.kind).add(item.kind, item.record, this.#optionsFor(item));
    this.#unmarked.push(item);
    if (this.#unmarked.length > 1) return;
    const marking = this.#markSoon().finally(() => this.#markings.delete(marking));
    this.#markings.add(marking);
  }

  /** Resolves when everything that was published so far is marked, or left to a sweep. */
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
   * Publishes what others recorded and never got to publish: outcomes older than `olderThanMs`, which
   * leaves alone what their own workers are just publishing. Answers how many.
   */
  async sweep({ olderThanMs = 5000, limit = 100 } = {}): Promise<number> {
    let count = 0;
    for (;;) {
      const items = await this.#ledger.unpublished({ limit, olderThanMs });
      for (const kind of ['result', 'ended'] as const) {
        // What is no record will never be one: it is marked like the others, and stays in its entry.
        const outcomes = items.filter((item) => item.kind === kind && item.record !== null);
        if (outcomes.length === 0) continue;
        await this.#queue(kind).addBulk(
          outcomes.map((item) => ({ name: kind, data: item.record, opts: this.#optionsFor(item) })),
        );
      }
      await this.#ledger.markPublished(items);
      count += items.length;
      if (items.length < limit) return count;
    }
  }

  /**
   * Drops outcomes that nobody has consumed within their retention, the oldest first; answers how many of each kind. A
   * campaign that never asks for its ended records would otherwise fill Redis with them.
   */
  async trim(): Promise<Record<OutcomeKind, number>> {
    return { result: await this.#trimWaiting('result'), ended: await this.#trimWaiting('ended') };
  }

  async #trimWaiting(kind: OutcomeKind): Promise<number> {
    const queue = this.#queue(kind);
    for (let dropped = 0; ; ) {
      const excess = (await queue.getWaitingCount()) - this.#retention.unconsumedMax;
      const cleaned =
        excess > 0
          ? await queue.clean(0, Math.min(excess, DROPPED_AT_A_TIME), 'wait')
          : await this.#dropOld(queue);
      if (cleaned.length === 0) return dropped;
      dropped += cleaned.length;
    }
  }

  async #dropOld(queue: Queue): Promise<string[]> {
    const ageMs = this.#retention.ageSeconds * 1000;
    // A look first: each cleaning leaves an entry on the queue's own stream.
    const [oldest] = await queue.getWaiting(0, 0);
    if (oldest === undefined || oldest.timestamp > Date.now() - ageMs) return [];
    return queue.clean(ageMs, DROPPED_AT_A_TIME, 'wait');
  }

  /** Waits for marks under way. */
  async close(): Promise<void> {
    await this.marked();
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }

  async #markSoon(): Promise<void> {
    await delay(this.#markDelayMs);
    const items = this.#unmarked;
    this.#unmarked = [];
    // What could not be marked is published again by the next sweep, which its queue drops, and marked then.
    await this.#ledger.markPublished(items).catch(() => undefined);
  }

  #optionsFor(item: Pick<OutboxItem, 'jobId'>): JobsOptions & { jobId: string } {
    return { ...this.#jobOptions, jobId: outcomeJobId(item.jobId) };
  }

  #queue(kind: OutcomeKind): Queue {
    let queue = this.#queues.get(kind);
    if (queue === undefined) {
      queue = new Queue(QUEUE_NAMES[kind], {
        connection: this.#redis,
        prefix: this.#ledger.prefix,
        skipVersionCheck: true,
        streams: { events: { maxLen: QUEUE_STREAM_MAX } },
      });
      // It passes on the shared connection's errors, which the connection's owner hears of anyway.
      queue.on('error', () => undefined);
      this.#queues.set(kind, queue);
    }
    return queue;
  }
}

/** The queue's id of a job's outcome. The prefix and the escaping satisfy BullMQ, which wants neither digits alone nor a colon. */
export function outcomeJobId(jobId: string): string {
  return `of-${encodeURIComponent(Buffer.from(jobId).toString())}`;
}

import { DEFAULT_PREFIX } from '@outdial/contract';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

/** Consumes a queue of outcomes through every fault of Redis. */
export class OutcomeConsumer<Outcome> {
  readonly #connection: Redis;
  readonly #worker: Worker<Outcome>;

  /** `publishedAtMs`: when it was put into the queue. */
  constructor(queue: string, redisUrl: string, take: (outcome: Outcome, publishedAtMs: number) => void) {
    this.#connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    this.#connection.on('error', () => undefined);
    this.#worker = new Worker<Outcome>(
      queue,
      async ({ data, timestamp }) => take(data as Outcome, timestamp),
      {
        connection: this.#connection,
        prefix: DEFAULT_PREFIX,
        concurrency: 50,
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        lockDuration: 5000,
        stalledInterval: 5000,
        runRetryDelay: 200,
      },
    );
    this.#worker.on('error', () => undefined);
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
    this.#connection.disconnect();
  }
}

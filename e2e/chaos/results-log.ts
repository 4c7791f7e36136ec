import { type CallResult, DEFAULT_PREFIX, RESULTS_QUEUE } from '@outdial/contract';
import { Worker } from 'bullmq';
import { Redis } from 'ioredis';

/** A result as it came out of the results queue. */
export interface Delivery {
  atMs: number;
  jobId: string;
  /** When it was put into the queue: what tells a result that was published twice from one that is delivered again. */
  publishedAtMs: number;
  result: CallResult;
}

/** Consumes the results queue whatever happens to Redis, and keeps each delivery. */
export class ResultsLog {
  readonly deliveries: Delivery[] = [];
  readonly #jobIds = new Set<string>();
  readonly #connection: Redis;
  readonly #worker: Worker<CallResult>;

  constructor(redisUrl: string) {
    this.#connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
    this.#connection.on('error', () => undefined);
    this.#worker = new Worker<CallResult>(
      RESULTS_QUEUE,
      async ({ data, timestamp }) => {
        const { jobId } = data;
        this.#jobIds.add(jobId);
        this.deliveries.push({ atMs: Date.now(), jobId, publishedAtMs: timestamp, result: data });
      },
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

  /** How many jobs have a result. */
  get jobCount(): number {
    return this.#jobIds.size;
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
    this.#connection.disconnect();
  }
}

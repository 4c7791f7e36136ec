import { type CallResult, RESULTS_QUEUE } from '@outdial/contract';
import { OutcomeConsumer } from './outcome-consumer.js';

/** A result as it came out of the results queue. */
export interface Delivery {
  atMs: number;
  jobId: string;
  /**
   * When it was put into the queue: what tells a result that was published twice from one that is delivered
   * again.
   */
  publishedAtMs: number;
  result: CallResult;
}

/** Keeps each delivery of a result. */
export class ResultsLog {
  readonly deliveries: Delivery[] = [];
  readonly #jobIds = new Set<string>();
  readonly #consumer: OutcomeConsumer<CallResult>;

  constructor(redisUrl: string) {
    this.#consumer = new OutcomeConsumer<CallResult>(RESULTS_QUEUE, redisUrl, (result, publishedAtMs) => {
      const { jobId } = result;
      this.#jobIds.add(jobId);
      this.deliveries.push({ atMs: Date.now(), jobId, publishedAtMs, result });
    });
  }

  /** How many jobs have a result. */
  get jobCount(): number {
    return this.#jobIds.size;
  }

  close(): Promise<void> {
    return this.#consumer.close();
  }
}

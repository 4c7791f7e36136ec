import { CallResults } from '@outdial/client';
import type { CallResult } from '@outdial/contract';

/** Consumes the results queue and keeps every result that came, doubles included. */
export class Inbox {
  readonly #results = new Map<string, CallResult[]>();
  readonly #waiting = new Map<string, (result: CallResult) => void>();
  readonly #consumer: CallResults;

  private constructor(consumer: CallResults) {
    this.#consumer = consumer;
  }

  static async open(redisUrl: string): Promise<Inbox> {
    const inbox = new Inbox(new CallResults({ redis: redisUrl }));
    await inbox.#consumer.consume(async (result) => inbox.#take(result), { concurrency: 50 });
    return inbox;
  }

  /** The first result of a job, now or when it comes. */
  async of(jobId: string): Promise<CallResult> {
    const known = this.#results.get(jobId)?.[0];
    return known ?? new Promise((resolve) => this.#waiting.set(jobId, resolve));
  }

  /** The first results of several jobs, in their order. */
  async ofAll(jobIds: readonly string[]): Promise<CallResult[]> {
    return Promise.all(jobIds.map((jobId) => this.of(jobId)));
  }

  /** How many results of a job came. */
  count(jobId: string): number {
    return this.#results.get(jobId)?.length ?? 0;
  }

  /** How many results came, of all jobs together. */
  get total(): number {
    return [...this.#results.values()].reduce((sum, results) => sum + results.length, 0);
  }

  async close(): Promise<void> {
    await this.#consumer.close();
  }

  #take(result: CallResult): void {
    const all = this.#results.get(result.jobId) ?? [];
    this.#results.set(result.jobId, [...all, result]);
    this.#waiting.get(result.jobId)?.(result);
    this.#waiting.delete(result.jobId);
  }
}

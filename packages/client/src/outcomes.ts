import { describeIssues, toFieldIssues } from '@outdial/contract';
import { ClosableWorker } from '@outdial/ledger';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { Handoff } from './handoff.js';
import { RedisAccess, type RedisAccessOptions } from './redis-access.js';

export interface OutcomesOptions extends RedisAccessOptions {
  /**
   * Milliseconds after which an outcome whose consumer is gone goes to another (default 30,000). A living
   * consumer may take as long as it likes.
   */
  lockMs?: number;
}

export interface ConsumeOptions {
  /** How many outcomes at once (default 1). */
  concurrency?: number;
  /** How often an outcome is tried whose handler throws (default 12); after that it stays among the failed. */
  attempts?: number;
  /** Milliseconds before the second try, doubled with each further one (default 1000). */
  backoffMs?: number;
}

/** A consumer at work. */
export interface Consumption {
  /** Takes nothing more, waits for the handlers at work, and closes. */
  close(): Promise<void>;
}

/** What checks an outcome on its way out: one of the contract's zod schemas. */
interface Schema<T> {
  safeParse(
    data: unknown,
  ): { success: true; data: T } | { success: false; error: Parameters<typeof toFieldIssues>[0] };
}

/**
 * A queue of outcomes that any number of consumers share: each outcome goes to one of them, and to another
 * when that one fails or dies. So one may be seen twice, after a crash: consumers go by its `jobId`.
 */
export class Outcomes<T> implements AsyncIterable<T> {
  readonly #access: RedisAccess;
  readonly #queueName: string;
  readonly #schema: Schema<T>;
  readonly #lockMs: number;
  readonly #open = new Set<Consumption>();

  constructor(queueName: string, schema: Schema<T>, options: OutcomesOptions) {
    this.#access = new RedisAccess(options);
    this.#queueName = queueName;
    this.#schema = schema;
    this.#lockMs = options.lockMs ?? 30_000;
  }

  /** Calls `handler` with each outcome; once it resolves, the outcome is done with. */
  consume(
    handler: (outcome: T) => Promise<void> | void,
    { concurrency = 1, attempts = 12, backoffMs = 1000 }: ConsumeOptions = {},
  ): Consumption {
    return this.#work(concurrency, async (outcome, job) => {
      job.opts.attempts = attempts;
      job.opts.backoff = { type: 'exponential', delay: backoffMs };
      await handler(outcome);
    });
  }

  /**
   * Outcomes one by one, without an end. Asking for the next acknowledges the one before; leaving the loop does not, so
   * that what was thrown over is not lost: the last one goes back to the queue at once.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const handoff = new Handoff<T>();
    const consumption = this.#work(
      1,
      async (outcome, job, token) => {
        if ((await handoff.offer(outcome)) === 'taken') return;
        await job.moveToWait(token);
        throw new WaitingError();
      },
      () => handoff.close(),
    );
    try {
      yield* handoff;
    } finally {
      await consumption.close();
    }
  }

  /** Ends every consumer and every loop over the outcomes. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((consumption) => consumption.close()));
    await this.#access.close();
  }

  #work(
    concurrency: number,
    handle: (outcome: T, job: Job, token: string) => Promise<void>,
    beforeClose: () => void = () => undefined,
  ): Consumption {
    const connection = this.#access.openBlocking();
    const worker = new ClosableWorker(
      this.#queueName,
      async (job, token = '') => handle(this.#check(job), job, token),
      {
        connection,
        prefix: this.#access.prefix,
        concurrency,
        lockDuration: this.#lockMs,
        stalledInterval: this.#lockMs,
        // A consumer that dies says nothing about the outcome: it is never given up for that.
        maxStalledCount: Number.MAX_SAFE_INTEGER,
        runRetryDelay: 1000,
      },
    );
    worker.on('error', this.#access.onError);
    const consumption: Consumption = {
      close: async () => {
        this.#open.delete(consumption);
        beforeClose();
        // Without Redis there is nothing to finish in good order.
        await worker.close(connection.status !== 'ready');
        connection.disconnect();
      },
    };
    this.#open.add(consumption);
    return consumption;
  }

  /** What breaks the contract can never be handled: it goes to the failed at once, and holds nothing up. */
  #check(job: Job): T {
    const parsed = this.#schema.safeParse(job.data);
    if (parsed.success) return parsed.data;
    throw new UnrecoverableError(
      `breaks the contract: ${describeIssues(toFieldIssues(parsed.error, job.data))}`,
    );
  }
}

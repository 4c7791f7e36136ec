import {
  type Consumption,
  consumeOutcomes,
  type Delivery,
  type OutcomeCounts,
  OutcomeQueue,
  RedisAccess,
  type RedisAccessOptions,
} from '@outdial/queue';
import { Handoff } from './handoff.js';

export interface OutcomesOptions extends RedisAccessOptions {
  /** The results queue that the jobs name (default `results`). */
  resultsQueue?: string;
  /**
   * Milliseconds after which an outcome whose consumer is gone goes to another (default 30,000). A living
   * consumer may take as long as it likes.
   */
  lockMs?: number;
}

export interface ConsumeOptions {
  /** How many outcomes at once (default 1). */
  concurrency?: number;
  /** How often an outcome is tried whose handler throws (default 12); then it stays among the failed ones. */
  attempts?: number;
  /** Milliseconds before the second try (default 1000); doubled with each further one. */
  backoffMs?: number;
}

/** Outcomes that `peek` reads at a time. */
const PEEK_PAGE = 200;

/** Reads an outcome as it is in its queue, or says in words how it breaks the contract. */
export type ReadOutcome<T> = (data: unknown) => { outcome: T } | { problem: string };

/**
 * A queue of outcomes that any number of consumers share: each outcome goes to one of them, and to another when that
 * one fails or dies. After a crash an outcome may therefore be seen twice: consumers identify it by its `jobId`.
 */
export class Outcomes<T> implements AsyncIterable<T> {
  readonly #access: RedisAccess;
  readonly #queueName: string;
  readonly #read: ReadOutcome<T>;
  readonly #lockMs: number;
  readonly #open = new Set<Consumption>();
  #queue: OutcomeQueue | null = null;

  constructor(queueName: string, read: ReadOutcome<T>, options: OutcomesOptions) {
    this.#access = new RedisAccess(options);
    this.#queueName = queueName;
    this.#read = read;
    this.#lockMs = options.lockMs ?? 30_000;
  }

  /**
   * Calls `handler` with each outcome. Once the handler resolves, the outcome is consumed; when it throws, the outcome
   * comes again.
   */
  consume(
    handler: (outcome: T) => Promise<void> | void,
    { concurrency = 1, attempts = 12, backoffMs = 1000 }: ConsumeOptions = {},
  ): Consumption {
    return this.#work(concurrency, async (outcome, delivery) => {
      delivery.retry({ attempts, backoffMs });
      await handler(outcome);
    });
  }

  /**
   * The outcomes that are not consumed yet, the oldest first, without taking them. Those that are in the hands of a
   * consumer are left out. Ends after the newest. What breaks the contract is reported to `onError` and left out.
   * Rejects with `QUEUE_UNAVAILABLE`.
   */
  async *peek(): AsyncGenerator<T, void, undefined> {
    for (let from = 0; ; from += PEEK_PAGE) {
      const page = await this.#access.request('peek', () => this.#opened().page(from, PEEK_PAGE));
      if (page === null) return;
      for (const data of page) {
        const read = this.#read(data);
        if ('outcome' in read) yield read.outcome;
        else this.#access.onError(new Error(`in ${this.#queueName}: ${read.problem}`));
      }
    }
  }

  /** How many outcomes are in which state. Rejects with `QUEUE_UNAVAILABLE`. */
  counts(): Promise<OutcomeCounts> {
    return this.#access.request('counts', () => this.#opened().counts());
  }

  /**
   * Outcomes one by one, without an end. Asking for the next one consumes the one before. Leaving the loop does not: an
   * outcome whose handling threw is not lost, but goes back to the queue at once.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const handoff = new Handoff<T>();
    const consumption = this.#work(
      1,
      async (outcome, delivery) => {
        if ((await handoff.offer(outcome)) === 'refused') await delivery.putBack();
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
    await this.#queue?.close();
    await this.#access.close();
  }

  #work(
    concurrency: number,
    handle: (outcome: T, delivery: Delivery) => Promise<void>,
    onClose: () => void = () => undefined,
  ): Consumption {
    const { close } = consumeOutcomes(this.#access, {
      queueName: this.#queueName,
      concurrency,
      lockMs: this.#lockMs,
      handle: async (delivery) => handle(this.#check(delivery), delivery),
      onClose,
    });
    const consumption: Consumption = {
      close: async () => {
        this.#open.delete(consumption);
        await close();
      },
    };
    this.#open.add(consumption);
    return consumption;
  }

  /** What breaks the contract can never be handled: it goes to the failed ones at once, and delays nothing. */
  #check(delivery: Delivery): T {
    const read = this.#read(delivery.data);
    return 'outcome' in read ? read.outcome : delivery.refuse(read.problem);
  }

  /** To be called within a request, when the connection is ready. */
  #opened(): OutcomeQueue {
    this.#queue ??= new OutcomeQueue(this.#queueName, {
      redis: this.#access.client,
      prefix: this.#access.prefix,
    });
    return this.#queue;
  }
}

import { randomUUID } from 'node:crypto';
import { buildResult, type CallResult, callIdentity, laneQueueName, parseCallJob } from '@outdial/contract';
import { Ledger, Outbox } from '@outdial/ledger';
import {
  consumeOutcomes,
  type LaneJob,
  Lanes,
  LaneWorker,
  RedisAccess,
  type RedisAddress,
  WorkerConnections,
} from '@outdial/queue';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '@outdial/testkit';
import { Cluster, Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** Whether the tests run on a Redis Cluster of three servers. */
export const isOnCluster = process.env.OUTDIAL_TEST_REDIS === 'cluster';

/** A real Redis for a test file. What a test opens is closed after it, newest first. */
export function useRedis() {
  let server: RedisServer | RedisCluster;
  let redis: Redis;
  const address = (): RedisAddress => ('urls' in server ? { nodes: server.urls } : server.url);
  const closing: Array<() => Promise<unknown>> = [];
  beforeAll(async () => {
    server = isOnCluster ? await startRedisCluster() : await startRedis();
    // A cluster takes the same commands, but for those that name no key.
    redis = 'urls' in server ? (new Cluster([...server.urls]) as unknown as Redis) : new Redis(server.url);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  return {
    /** The one server; not for tests on a cluster. */
    get server(): RedisServer {
      if ('urls' in server) throw new Error('this is a cluster');
      return server;
    },
    /** A connection of its own, as a worker's. */
    connect() {
      const connections = new WorkerConnections(address(), { onError: () => undefined });
      closing.push(async () => connections.close());
      return connections.commands;
    },
    get redis() {
      return redis;
    },
    app: () => new App(address(), redis, (close) => closing.push(close)),
  };
}

/** A prefix of its own, with what a campaign app and a worker do there. */
export class App {
  readonly prefix = `{outdial-${randomUUID().slice(0, 8)}}`;
  readonly common: { redis: RedisAddress; prefix: string };
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly #access: RedisAccess;
  readonly #lanes: Lanes;
  readonly #onClose: (close: () => Promise<unknown>) => void;

  constructor(address: RedisAddress, redis: Redis, onClose: (close: () => Promise<unknown>) => void) {
    this.common = { redis: address, prefix: this.prefix };
    this.ledger = new Ledger(redis, { prefix: this.prefix });
    this.outbox = new Outbox({ ledger: this.ledger, redis, markDelayMs: 1 });
    this.#access = new RedisAccess(this.common);
    this.#lanes = new Lanes(this.#access);
    this.#onClose = onClose;
    for (const part of [this.#access, this.#lanes, this.outbox]) onClose(() => part.close());
  }

  /** Queues jobs, each in its lane. */
  async add(...inputs: ReadonlyArray<{ id: string } & Record<string, unknown>>): Promise<void> {
    for (const input of inputs) {
      const job = jobOf(input.id, input);
      await this.#lanes.register(job.lane);
      await this.#lanes.queue(job.lane).add('call', job, { jobId: job.id });
    }
  }

  /** Cancels a job. One that waits is settled, and leaves its lane. */
  async cancel(id: string): Promise<void> {
    const result = buildResult(callIdentity(jobOf(id), 'client'));
    const { phase } = await this.ledger.requestCancel(id, result);
    if (phase !== 'waiting') return;
    await this.outbox.publishResult(result);
    await this.outbox.marked();
    await (await this.#lanes.find(id))?.remove();
  }

  /** Takes the jobs of the default lane, as a worker does, until the test is over. */
  work(handle: (job: LaneJob) => Promise<void>): void {
    const connections = new WorkerConnections(this.common.redis, { onError: () => undefined });
    const worker = new LaneWorker(laneQueueName('default'), handle, {
      connection: connections.commands,
      prefix: this.prefix,
      concurrency: 50,
    });
    this.#onClose(async () => {
      await worker.close(true);
      connections.close();
    });
  }

  /** Consumes results. Returns how to stop. */
  consumeResults(handle: (result: CallResult) => void): () => Promise<void> {
    const { close } = consumeOutcomes(this.#access, {
      queueName: 'results',
      concurrency: 1,
      lockMs: 30_000,
      handle: async (delivery) => {
        delivery.retry({ attempts: 12, backoffMs: 60_000 });
        handle(delivery.data as CallResult);
      },
    });
    return close;
  }
}

export function jobOf(id: string, more: Record<string, unknown> = {}) {
  return parseCallJob({ id, callTo: 'sip:human@lab', ...more });
}

/** Waits until what `read` returns is as expected; a busy machine gets its time. */
export function eventually(read: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(read, { timeout: 15_000, interval: 10 });
}

import { randomUUID } from 'node:crypto';
import { laneQueueName, parseCallJob } from '@outdial/contract';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '@outdial/testkit';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import {
  type LaneJob,
  Lanes,
  LaneWorker,
  RedisAccess,
  type RedisAddress,
  WorkerConnections,
} from '../src/index.js';

/** Whether the tests run on a Redis Cluster of three servers. */
export const isOnCluster = process.env.OUTDIAL_TEST_REDIS === 'cluster';

/** A real Redis for a test file. What a test opens is closed after it, newest first. */
export function useRedis() {
  let server: RedisServer | RedisCluster;
  const address = (): RedisAddress => ('urls' in server ? { nodes: server.urls } : server.url);
  let closing: Array<() => Promise<unknown>> = [];
  beforeAll(async () => {
    server = isOnCluster ? await startRedisCluster() : await startRedis();
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    closing = [];
  });
  afterAll(() => server.close());
  const onClose = (close: () => Promise<unknown>) => void closing.push(close);
  const connect = () => {
    const connections = new WorkerConnections(address(), { onError: () => undefined });
    onClose(async () => connections.close());
    return connections.commands;
  };
  return {
    get address() {
      return address();
    },
    onClose,
    /** A connection of its own, as a worker's. */
    connect,
    /** Lanes under a prefix of their own. */
    lanes() {
      const prefix = `{outdial-${randomUUID().slice(0, 8)}}`;
      const access = new RedisAccess({ redis: address(), prefix });
      const lanes = new Lanes(access);
      onClose(() => access.close());
      onClose(() => lanes.close());
      return {
        prefix,
        lanes,
        redis: access.client,
        async add(...ids: string[]): Promise<void> {
          for (const id of ids) {
            const job = parseCallJob({ id, callTo: 'sip:human@lab' });
            await lanes.queue(job.lane).add('call', job, { jobId: id });
          }
        },
        /** Takes jobs of the default lane until the test is over. */
        work(handle: (job: LaneJob) => Promise<void>, { concurrency = 50 } = {}): LaneWorker {
          const worker = new LaneWorker(laneQueueName('default'), handle, {
            connection: connect(),
            prefix,
            concurrency,
            maximumRateLimitDelay: 50,
          });
          onClose(() => worker.close(true));
          return worker;
        },
      };
    },
  };
}

/** Waits until what `read` returns is as expected; a busy machine gets its time. */
export function eventually(read: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(read, { timeout: 15_000, interval: 10 });
}

import { CallEndedRecords, CallQueue, CallResults } from '@outdial/client';
import { type CallResult, DEFAULT_PREFIX, type EndedRecord, ledgerKeys } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import {
  type RedisServer,
  type Servers,
  type Sipp,
  type SippOptions,
  startRedis,
  startServers,
  startSipp,
} from '@outdial/testkit';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { parseWorkerConfiguration, type WorkerConfigurationInput } from '../src/config/configuration.js';
import { type OutdialWorker, startWorker } from '../src/worker.js';

type Overrides = Partial<Omit<WorkerConfigurationInput, 'telephony'>> & {
  telephony?: Partial<WorkerConfigurationInput['telephony']>;
};

/** For what takes a worker a moment, on a machine that is busy. */
export const WITHIN = { timeout: 15_000, interval: 20 };

/** What a worker works with, the real thing; each test has a Redis without keys, and what it starts ends with it. */
export function useWorkers() {
  let server: RedisServer;
  let engines: Servers;
  let redis: Redis;
  let queue: CallQueue;
  let closing: Array<() => Promise<unknown>> = [];
  const results = new Map<string, CallResult[]>();
  const endedRecords = new Map<string, EndedRecord[]>();
  beforeAll(async () => {
    [server, engines] = await Promise.all([startRedis(), startServers()]);
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await engines.close();
    await server.close();
  });
  beforeEach(async () => {
    await redis.flushall();
    results.clear();
    endedRecords.clear();
    queue = new CallQueue({ redis: server.url });
    const consumers = [
      { queue: new CallResults({ redis: server.url }), into: results },
      { queue: new CallEndedRecords({ redis: server.url }), into: endedRecords },
    ] as const;
    closing = [() => queue.close()];
    for (const { queue: outcomes, into } of consumers) {
      const all = into as Map<string, Array<CallResult | EndedRecord>>;
      outcomes.consume((outcome: CallResult | EndedRecord) => {
        all.set(outcome.jobId, [...(all.get(outcome.jobId) ?? []), outcome]);
      });
      closing.push(() => outcomes.close());
    }
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
  });
  return {
    get engines() {
      return engines;
    },
    get redisUrl() {
      return server.url;
    },
    get redis() {
      return redis;
    },
    get queue() {
      return queue;
    },
    get ledger() {
      return new Ledger(redis);
    },
    keys: ledgerKeys(DEFAULT_PREFIX),
    /** Every outcome that came of a job. */
    resultsOf: (jobId: string) => results.get(jobId) ?? [],
    endedOf: (jobId: string) => endedRecords.get(jobId) ?? [],
    async start({ telephony, ...more }: Overrides = {}): Promise<OutdialWorker> {
      const worker = await startWorker(
        parseWorkerConfiguration({
          redis: { url: server.url },
          health: { port: 0 },
          logLevel: 'silent',
          drainSeconds: 0,
          ...more,
          telephony: {
            drachtio: [engines.drachtio],
            media: 'freeswitch',
            freeswitch: [engines.freeswitch],
            allowedSipHosts: ['127.0.0.1'],
            ...telephony,
          },
        }),
      );
      closing.push(() => worker.drain());
      return worker;
    },
    async callee(options: SippOptions): Promise<Sipp> {
      const sipp = await startSipp(options);
      closing.unshift(() => sipp.close());
      return sipp;
    },
  };
}

/** The Call-IDs of the INVITEs that a callee was sent. */
export function callIds(sipp: Sipp): string[] {
  const invites = sipp.log().filter(({ method }) => method === 'INVITE');
  return [...new Set(invites.map(({ callId }) => callId))];
}

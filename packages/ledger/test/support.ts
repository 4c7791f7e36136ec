import { randomUUID } from 'node:crypto';
import {
  buildResult,
  type CallEvent,
  type CallJob,
  type CallResult,
  callIdentity,
  type EndedRecord,
  endedRecordOf,
  ledgerKeys,
  parseCallJob,
} from '@outdial/contract';
import { primariesOf } from '@outdial/queue';
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from '@outdial/testkit';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { Ledger, type LedgerOptions } from '../src/index.js';

/** A lease that no test outlives. */
export const LONG_MS = 600_000;

/** Whether the tests run on a Redis Cluster of three servers. */
export const isOnCluster = process.env.OUTDIAL_TEST_REDIS === 'cluster';

/** A real Redis for a test file, and ledgers on it that do not see each other. */
export function useRedis() {
  let server: RedisServer | RedisCluster;
  let redis: Redis;
  /** A cluster takes the same commands, but for those that name no key. */
  const connect = () =>
    'urls' in server ? (new Cluster([...server.urls]) as unknown as Redis) : new Redis(server.url);
  beforeAll(async () => {
    server = isOnCluster ? await startRedisCluster() : await startRedis();
    redis = connect();
  });
  afterAll(async () => {
    await redis.quit();
    await server.close();
  });
  return {
    get redis() {
      return redis;
    },
    /** A connection of its own. */
    connect,
    /** Sets `maxmemory`, in bytes; 0: no limit. */
    limitMemory: async (bytes: string): Promise<void> => {
      for (const server of primariesOf(redis)) await server.config('SET', 'maxmemory', bytes);
    },
    newLedger: (options: LedgerOptions = {}) => new Ledger(redis, { prefix: newPrefix(), ...options }),
    /** As if the worker's heartbeat had stopped long ago. */
    loseWorker: (ledger: Ledger, workerId: string) =>
      redis.zadd(`${ledger.prefix}:ledger:workers`, 'XX', 1, workerId),
    /** As if the clock of Redis had moved on by so much: all that is kept by it moves back. */
    passTime: async (ledger: Ledger, ms: number): Promise<void> => {
      const { workers, moments } = ledgerKeys(ledger.prefix);
      for (const worker of await redis.zrange(workers, '0', '-1')) await redis.zincrby(workers, -ms, worker);
      await redis.hincrby(moments, 'heard', -ms);
    },
    /** Milliseconds until a worker is lost. */
    leaseLeftMs: async (ledger: Ledger, workerId: string): Promise<number> =>
      Number(await redis.zscore(ledgerKeys(ledger.prefix).workers, workerId)) - Date.now(),
    events: async (ledger: Ledger): Promise<CallEvent[]> =>
      (await redis.xrange(`${ledger.prefix}:events`, '-', '+')).map(([, fields]) =>
        JSON.parse(fields[3] ?? ''),
      ),
    keys: async (ledger: Ledger) => {
      const pages = await Promise.all(primariesOf(redis).map((node) => node.keys(`${ledger.prefix}:*`)));
      return pages.flat().sort();
    },
  };
}

export function newPrefix(): string {
  return `{outdial-${randomUUID().slice(0, 8)}}`;
}

export function jobOf(id: string, more: Record<string, unknown> = {}): CallJob {
  return parseCallJob({ id, callTo: 'sip:human@lab', ...more });
}

export function resultOf(id: string, more: Partial<CallResult> = {}): CallResult {
  return { ...buildResult(callIdentity(jobOf(id), 'w1')), ...more };
}

export function endedOf(id: string, more: Partial<EndedRecord> = {}): EndedRecord {
  return { ...endedRecordOf(resultOf(id), { endedBy: 'PLAN', endedAt: 1_700_000_000_000 }), ...more };
}

export function ringingOf(jobId: string): CallEvent {
  return { type: 'ringing', jobId, callId: null, workerId: 'w1', at: 1, sipStatus: 180, earlyMedia: false };
}

/** Claims a job for a worker that is alive, and answers the token. */
export async function claimed(ledger: Ledger, jobId: string, workerId = 'w1'): Promise<string> {
  await ledger.heartbeat(workerId, { ttlMs: LONG_MS });
  const answer = await ledger.claim({ jobId, workerId, job: jobOf(jobId) });
  if (answer.kind !== 'claimed') throw new Error(`expected a claim, got ${answer.kind}`);
  return answer.token;
}

/** Waits until what `read` answers is as expected; a busy machine gets its time. */
export function eventually(read: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(read, { timeout: 15_000, interval: 10 });
}

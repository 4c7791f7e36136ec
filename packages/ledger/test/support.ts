import { randomUUID } from 'node:crypto';
import {
  type CallEvent,
  type CallJob,
  type CallResult,
  type EndedRecord,
  parseCallJob,
} from '@outdial/contract';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect } from 'vitest';
import { draftEnded, draftResult, Ledger, type LedgerOptions, ledgerKeys } from '../src/index.js';

/** A lease that no test outlives. */
export const LONG_MS = 600_000;

/** A real Redis for a test file, and ledgers on it that do not see each other. */
export function useRedis() {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });
  return {
    get redis() {
      return redis;
    },
    get url() {
      return server.url;
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
    keys: async (ledger: Ledger) => (await redis.keys(`${ledger.prefix}:*`)).sort(),
  };
}

export function newPrefix(): string {
  return `{outdial-${randomUUID().slice(0, 8)}}`;
}

export function jobOf(id: string, more: Record<string, unknown> = {}): CallJob {
  return parseCallJob({ id, callTo: 'sip:human@lab', ...more });
}

export function resultOf(id: string, more: Partial<CallResult> = {}): CallResult {
  return { ...draftResult(jobOf(id), 'w1'), ...more };
}

export function endedOf(id: string, more: Partial<EndedRecord> = {}): EndedRecord {
  return { ...draftEnded(resultOf(id), { endedBy: 'PLAN', endedAt: 1_700_000_000_000 }), ...more };
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

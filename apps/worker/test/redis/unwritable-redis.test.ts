import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallEndedRecords, CallQueue, CallResults } from '@outdial/client';
import type { CallResult, EndedRecord } from '@outdial/contract';
import {
  type RedisServer,
  type Servers,
  type Sipp,
  startRedis,
  startServers,
  startSipp,
} from '@outdial/testkit';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, it, vi } from 'vitest';
import { parseWorkerConfiguration } from '../../src/config/configuration.js';
import { type OutdialWorker, startWorker } from '../../src/worker.js';

const JOBS = 150;
const CONCURRENCY = 5;
/** So that there is time to make Redis refuse in the middle of them. */
const CALLS_PER_SECOND = 40;
/** A worker that gets none of its heartbeats through has no lease after so long. */
const HEARTBEAT = { intervalMs: 100, ttlMs: 600 };
/** So many keys, each loaded so slowly, take longer than the test needs. */
const SLOW_KEYS = 5000;
const SLOW_KEY_US = 5000;
/** An answered call's callee hangs up after so long: while Redis refuses. */
const HOLD_MS = 3000;

let engines: Servers;
beforeAll(async () => {
  engines = await startServers();
});
afterAll(() => engines.close());

/** A Redis of a test's own, and a connection to tell it things. */
interface Own {
  server: RedisServer;
  dir: string;
  redis: Redis;
  /** Runs after the test, the latest first. */
  onEnd: (close: () => unknown) => void;
}

async function ownRedis(onTestFinished: (end: () => Promise<void>) => void): Promise<Own> {
  const closing: Array<() => unknown> = [];
  onTestFinished(async () => {
    for (const close of closing.reverse()) await close();
  });
  const dir = await mkdtemp(join(tmpdir(), 'outdial-unwritable-'));
  closing.push(() => rm(dir, { recursive: true, force: true }));
  const server = await startRedis({ dir, args: ['--enable-debug-command', 'yes'] });
  closing.push(() => server.close());
  const redis = new Redis(server.url);
  closing.push(() => redis.disconnect());
  return { server, dir, redis, onEnd: (close) => void closing.push(close) };
}

/** Ways in which a Redis that answers takes nothing down, each with the word in its errors; `begin` gives the way back. */
const REFUSALS = [
  {
    what: 'its memory is full and nothing may be evicted',
    word: 'OOM',
    async begin({ redis }: Own) {
      await redis.config('SET', 'maxmemory', '1');
      return () => redis.config('SET', 'maxmemory', '0');
    },
  },
  {
    what: 'it has become a replica',
    word: 'READONLY',
    async begin({ redis }: Own) {
      // Of a server that is not there, so that it keeps what it has.
      await redis.replicaof('127.0.0.1', '1');
      return () => redis.replicaof('NO', 'ONE');
    },
  },
  {
    what: 'it cannot write to its disk',
    word: 'MISCONF',
    async begin({ redis, dir }: Own) {
      await mkdir(join(dir, 'dump.rdb'));
      await redis.config('SET', 'save', '3600 1000000');
      await redis.bgsave();
      await vi.waitUntil(async () => /rdb_last_bgsave_status:err/.test(await redis.info('persistence')));
      return async () => {
        await rmdir(join(dir, 'dump.rdb'));
        await redis.bgsave();
        await vi.waitUntil(async () => /rdb_last_bgsave_status:ok/.test(await redis.info('persistence')));
      };
    },
  },
  {
    what: 'it is loading its data',
    word: 'LOADING',
    async begin({ redis, onEnd }: Own) {
      const filling = redis.pipeline();
      for (let key = 0; key < SLOW_KEYS; key++) filling.set(`filling:${key}`, key);
      await filling.exec();
      await redis.config(
        'SET',
        'key-load-delay',
        SLOW_KEY_US,
        'loading-process-events-interval-bytes',
        '1024',
      );
      const waiting = redis.duplicate();
      onEnd(() => waiting.disconnect());
      const reloaded = waiting.call('DEBUG', 'RELOAD');
      reloaded.catch(() => undefined);
      return async () => {
        await redis.config('SET', 'key-load-delay', '0');
        await reloaded;
      };
    },
  },
];

/** A worker, and what its log says. */
async function start({ server, onEnd }: Own): Promise<{ worker: OutdialWorker; log: string[] }> {
  const log: string[] = [];
  const configuration = parseWorkerConfiguration({
    redis: { url: server.url },
    telephony: {
      drachtio: [engines.drachtio],
      media: 'freeswitch',
      freeswitch: [engines.freeswitch],
      allowedSipHosts: ['127.0.0.1'],
    },
    lanes: { default: { concurrency: CONCURRENCY } },
    health: { port: 0 },
    drainSeconds: 0,
    heartbeat: HEARTBEAT,
  });
  const into = { write: (line: string) => void log.push(line) };
  const worker = await startWorker(configuration, { logger: pino({ level: 'info' }, into) });
  onEnd(() => worker.drain());
  await vi.waitUntil(() => isReady(worker), { timeout: 10_000 });
  return { worker, log };
}

async function isReady(worker: OutdialWorker): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${worker.healthPort}/readyz`);
  await response.arrayBuffer();
  return response.ok;
}

async function callee({ onEnd }: Own, options: Parameters<typeof startSipp>[0]): Promise<Sipp> {
  const sipp = await startSipp(options);
  onEnd(() => sipp.close());
  return sipp;
}

/** The callee's own count: the dials of each job. */
function dials(sipp: Sipp): Map<string, number> {
  const callIds = new Map<string, Set<string>>();
  for (const { headers, callId, method } of sipp.log()) {
    const job = headers['x-job'] ?? '';
    if (method === 'INVITE') callIds.set(job, (callIds.get(job) ?? new Set()).add(callId));
  }
  return new Map([...callIds].map(([job, ids]) => [job, ids.size]));
}

/** Everything that comes out, by job. */
function outcomes({ server, onEnd }: Own) {
  const results = new CallResults({ redis: server.url });
  const endedRecords = new CallEndedRecords({ redis: server.url });
  onEnd(() => results.close());
  onEnd(() => endedRecords.close());
  const ofResults = new Map<string, CallResult[]>();
  const ofEnded = new Map<string, EndedRecord[]>();
  const into = <T extends { jobId: string }>(map: Map<string, T[]>, outcome: T) =>
    void map.set(outcome.jobId, [...(map.get(outcome.jobId) ?? []), outcome]);
  results.consume((result) => into(ofResults, result), { concurrency: 50 });
  endedRecords.consume((ended) => into(ofEnded, ended), { concurrency: 50 });
  return { ofResults, ofEnded };
}

it.concurrent.for(REFUSALS)(
  'a worker whose Redis refuses to write, since $what, dials nothing, and settles everything once it writes again',
  { timeout: 120_000 },
  async ({ begin, word }, { expect, onTestFinished }) => {
    const own = await ownRedis(onTestFinished);
    const rejecting = await callee(own, { scenario: 'rejects-busy-486' });
    const answering = await callee(own, { scenario: 'rings-then-answers-then-hangs-up', holdMs: HOLD_MS });
    const queue = new CallQueue({ redis: own.server.url });
    own.onEnd(() => queue.close());
    const { worker, log } = await start(own);
    await queue.add({
      id: 'held',
      callTo: `sip:callee@${answering.address}`,
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    await expect.poll(() => queue.get('held'), { timeout: 10_000 }).toMatchObject({ phase: 'answered' });
    await queue.setLaneLimits('default', { callsPerSecond: CALLS_PER_SECOND });
    const ids = Array.from({ length: JOBS }, (_, index) => `job-${index}`);
    await queue.addBulk(
      ids.map((id) => ({ id, callTo: `sip:callee@${rejecting.address}`, headers: { 'X-Job': id } })),
    );
    // Some have been dialled, some are anywhere between their lane and their result, one is up.
    await expect.poll(() => dials(rejecting).size, { timeout: 10_000 }).toBeGreaterThan(10);

    const end = await begin(own);
    await expect.poll(() => isReady(worker), { timeout: 10_000, interval: 20 }).toBe(false);
    const dialled = dials(rejecting).size;
    expect(dialled).toBeLessThan(JOBS);
    // The callee of the answered call hangs up meanwhile, and the worker has many a heartbeat refused.
    const refused = () =>
      log.filter((line) => line.includes('heartbeat failed') && line.includes(word)).length;
    const before = refused();
    await expect.poll(() => refused() - before, { timeout: 15_000 }).toBeGreaterThan(10);
    await expect
      .poll(() => answering.log().some(({ cseq }) => cseq.includes('BYE')), { timeout: 10_000 })
      .toBe(true);
    expect(dials(rejecting).size).toBe(dialled);

    await end();
    const { ofResults, ofEnded } = outcomes(own);
    await expect.poll(() => ofResults.size, { timeout: 60_000, interval: 100 }).toBe(JOBS + 1);
    await expect.poll(() => ofEnded.get('held')?.length, { timeout: 10_000 }).toBe(1);
    expect(ofEnded.get('held')?.[0]).toMatchObject({ endedBy: 'CALLEE' });
    expect(ofResults.get('held')).toMatchObject([{ state: 'ANSWERED' }]);
    expect(ids.map((id) => ofResults.get(id)?.map(({ cause }) => cause))).toEqual(ids.map(() => ['BUSY']));
    expect(dials(rejecting)).toEqual(new Map(ids.map((id) => [id, 1])));
  },
);

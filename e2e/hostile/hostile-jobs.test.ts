import { laneQueueName } from '@outdial/contract';
import { Queue } from 'bullmq';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../chaos/schedule/random.js';
import { Stack, untilReady } from '../support/stack.js';
import { WorkerProcess } from '../support/worker-process.js';
import type { RawJob } from './jobs/raw-job.js';
import { makeRawJobs } from './jobs.js';
import { leftInLane, leftInLedger, writeRawJobs } from './raw-lanes.js';

/** Thousands more of them, and other ones: `OUTDIAL_HOSTILE_JOBS=20000 OUTDIAL_HOSTILE_SEED=7`. */
const JOBS = Number(process.env.OUTDIAL_HOSTILE_JOBS ?? 400);
const SEED = Number(process.env.OUTDIAL_HOSTILE_SEED ?? 4);

let stack: Stack;
let redis: Redis;
let worker: WorkerProcess;
let health: string;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  redis = new Redis(stack.redis.url, { maxRetriesPerRequest: null });
  const port = await getPort({ host: '127.0.0.1' });
  const lanes = { default: { concurrency: 60 } };
  worker = await WorkerProcess.start({ ...stack.configuration(), lanes, health: { port } });
  health = `http://127.0.0.1:${port}`;
  await untilReady(port);
});
afterAll(async () => {
  await worker.end('SIGTERM');
  redis.disconnect();
  await stack.close();
});

/** A metric that stands alone in the worker's `/metrics`. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${health}/metrics`)).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

async function holdings() {
  const clients = String(await redis.client('LIST'));
  return {
    handles: await metric('nodejs_active_handles_total'),
    heapBytes: await metric('nodejs_heap_size_used_bytes'),
    redisClients: clients.trim().split('\n').length,
  };
}

/** Asks again and again; a key that is just being mended may be of the wrong type. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 50));
}

const NO_RESULT_AFTER_MS = 120_000;

/** What came out other than it should, in words. */
async function disappointments(jobs: readonly RawJob[]): Promise<string[]> {
  const wrong: string[] = [];
  const late = new Promise<null>((resolve) => setTimeout(resolve, NO_RESULT_AFTER_MS, null).unref());
  for (const { what, resultId, expected } of jobs) {
    const result = await Promise.race([stack.inbox.of(resultId), late]);
    if (result === null) {
      wrong.push(`${resultId.slice(0, 60)} (${what}): no result`);
      continue;
    }
    const isInvalid = result.state === 'ERROR' && result.error?.code === 'INVALID_JOB';
    const isBusy = result.state === 'IDLE' && result.cause === 'BUSY';
    const isUnrouted = result.state === 'ERROR' && result.error?.code === 'NO_TRUNK';
    const isFine = { invalid: isInvalid, busy: isBusy, either: isInvalid || isBusy || isUnrouted }[expected];
    const count = stack.inbox.count(resultId);
    if (!isFine || count !== 1) {
      const got = `${result.state} ${result.cause} ${result.error?.message.slice(0, 300)}`;
      wrong.push(`${resultId.slice(0, 60)} (${what}): ${count} results, ${got}`);
    }
  }
  return wrong;
}

describe('jobs of every hostile kind, put straight into Redis', () => {
  it(`each come to one result, and leave nothing behind (seed ${SEED})`, async () => {
    await stack.call({ callTo: 'sip:busy@lab' });
    const before = await holdings();
    const jobs = makeRawJobs(new Random(SEED), JOBS);
    await writeRawJobs(redis, jobs);

    expect(await disappointments(jobs)).toEqual([]);
    const nothing = { wait: 0, active: 0, delayed: 0, prioritized: 0, failed: 0 };
    await until(async () => JSON.stringify(await leftInLane(redis, 'default')) === JSON.stringify(nothing));
    await until(async () => (await leftInLedger(redis)).length === 0);
    // Every result fits the contract, and belongs to a job that was enqueued.
    expect(await redis.zcard('{outdial}:results:failed')).toBe(0);
    expect(stack.inbox.total).toBe(jobs.length + 1);

    for (const path of ['/livez', '/readyz']) expect((await fetch(`${health}${path}`)).status).toBe(200);
    const after = await holdings();
    expect(after.redisClients).toBeLessThanOrEqual(before.redisClients);
    // The keep-alive connections of these requests, and endpoints kept for the next dial (two sockets each).
    expect(after.handles - before.handles).toBeLessThan(120);
    expect(after.heapBytes - before.heapBytes).toBeLessThan(150e6);
    expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
  }, 600_000);

  it.each([
    ['data', '{"callTo": '],
    ['opts', 'nonsense'],
    ['progress', '{'],
  ])('can be asked about and cancelled though their %s cannot be read', async (field, value) => {
    const id = `asked-about-${field}`;
    const key = `{outdial}:calls-asleep:${id}`;
    await redis.sadd('{outdial}:lanes', 'asleep');
    await redis.hset(key, {
      name: 'call',
      data: '{"callTo":"sip:busy@lab"}',
      timestamp: '1',
      [field]: value,
    });
    await redis.lpush('{outdial}:calls-asleep:wait', id);
    expect(await stack.queue.get(id)).toMatchObject({ id, phase: 'waiting', result: null });
    expect(await stack.queue.cancel(id)).toMatchObject({ phase: 'waiting' });
    expect(await stack.inbox.of(id)).toMatchObject({ jobId: id, state: 'IDLE' });
    expect(await stack.queue.get(id)).toMatchObject({ id, phase: 'ended' });
  });

  it('do not keep a lane from those who use BullMQ itself', async () => {
    const lane = new Queue(laneQueueName('default'), { connection: redis, prefix: '{outdial}' });
    const job = { id: 'by-bullmq', callTo: 'sip:busy@lab' };
    await lane.add('call', job, { jobId: job.id, attempts: 5, backoff: { type: 'unheard-of', delay: -1 } });
    expect(await stack.inbox.of(job.id)).toMatchObject({ cause: 'BUSY' });
    await lane.close();
  });

  it.each(['wait', 'active', 'completed', 'delayed', 'events', 'meta'])(
    'under the name of a key of the queue itself (%s) are refused',
    async (id) => {
      await redis.lpush('{outdial}:calls-default:wait', id);
      await redis.zadd('{outdial}:calls-default:marker', 0, '0');
      expect(await stack.inbox.of(id)).toMatchObject({ state: 'ERROR', error: { code: 'INVALID_JOB' } });
      await until(async () => (await leftInLane(redis, 'default')).active === 0);
      expect(await stack.call({ callTo: 'sip:busy@lab' })).toMatchObject({ cause: 'BUSY' });
      expect(stack.inbox.count(id)).toBe(1);
    },
  );
});

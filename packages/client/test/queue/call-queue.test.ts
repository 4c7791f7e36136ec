import { ledgerKeys, OutdialError } from '@outdial/contract';

import { startRedis } from '@outdial/testkit';
import { Queue } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { CallQueue } from '../../src/index.js';
import { eventually, jobInput, playWorker, useRedis } from '../support.js';

const redis = useRedis();

describe('add', () => {
  test('a job is normalised, gets an id and waits in its lane', async () => {
    const { queue } = redis.app();
    const job = await queue.add({ callTo: '01632-960001', callFrom: '01632960000', lane: 'night' });
    expect(job).toMatchObject({
      id: expect.stringMatching(/^job-/),
      callTo: 'tel:01632960001',
      secondsTimeout: 120,
    });
    expect(await queue.counts('night')).toMatchObject({ waiting: 1, active: 0 });
    expect(await queue.lanes()).toEqual(['default', 'night']);
    expect(await queue.get(job.id)).toEqual({
      id: job.id,
      phase: 'waiting',
      lane: 'night',
      callTo: 'tel:01632960001',
      callFrom: '01632960000',
      label: null,
      workerId: null,
      claimedAt: null,
      isCancelRequested: false,
      result: null,
      ended: null,
    });
  });

  test('a bad job is refused with the path and the reason, and never queued', async () => {
    const { queue } = redis.app();
    const error = await queue.add({ callTo: 'tel:01632960001' }).catch((reason) => reason);
    expect(error).toBeInstanceOf(OutdialError);
    expect(error).toMatchObject({ code: 'INVALID_JOB', issues: [{ path: 'callFrom' }] });
    await expect(queue.add(null as never)).rejects.toMatchObject({ code: 'INVALID_JOB' });
    await expect(queue.add('tel:1' as never)).rejects.toMatchObject({ code: 'INVALID_JOB' });
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  test('the same id twice is one job', async () => {
    const { queue } = redis.app();
    await Promise.all([queue.add(jobInput('job-1')), queue.add(jobInput('job-1'))]);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
  });

  test('what nobody knows is null', async () => {
    expect(await redis.app().queue.get('job-1')).toBeNull();
  });
});

describe('addBulk', () => {
  test('5,000 jobs over two lanes are queued, with their progress', async () => {
    const { queue } = redis.app();
    const inputs = Array.from({ length: 5000 }, (_, i) => ({
      ...jobInput(`job-${i}`),
      lane: i % 2 === 0 ? 'even' : 'odd',
    }));
    const progress: number[] = [];
    const jobs = await queue.addBulk(inputs, { onProgress: (queued) => progress.push(queued) });
    expect(jobs.map(({ id }) => id)).toEqual(inputs.map(({ id }) => id));
    expect(progress).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(await queue.counts('even')).toMatchObject({ waiting: 2500 });
    expect(await queue.counts()).toMatchObject({ waiting: 5000 });
  });

  test('one bad job among thousands is named by its place, and nothing is queued', async () => {
    const { queue } = redis.app();
    const inputs = Array.from({ length: 2000 }, (_, i) => jobInput(`job-${i}`));
    inputs[1234] = { ...jobInput('job-1234'), callTo: 'sip:' };
    await expect(queue.addBulk(inputs)).rejects.toMatchObject({
      code: 'INVALID_JOB',
      message: expect.stringContaining('jobs[1234]'),
      issues: [{ path: '1234.callTo' }],
    });
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });
});

describe('cancel', () => {
  test('a waiting job gets its one result, leaves its lane and is never dialled', async () => {
    const app = redis.app();
    await app.queue.add({ ...jobInput('job-1'), metadata: { customer: 7 } });
    const outcome = await app.queue.cancel('job-1');
    expect(outcome).toMatchObject({
      phase: 'waiting',
      result: { jobId: 'job-1', state: 'IDLE', cause: 'CANCELLED', error: { code: 'CANCELLED' } },
    });
    expect(await app.queue.counts()).toMatchObject({ waiting: 0 });
    const worker = redis.closed(await playWorker(app, redis.server));
    const again = await app.queue.add({ ...jobInput('job-1'), metadata: { customer: 7 } });
    expect(again.wasQueuedBefore).toBe(true);
    // One that is taken after it tells that it was passed over.
    await app.queue.add({ id: 'job-2', callTo: 'sip:busy@lab' });
    await eventually(async () => (await app.queue.counts()).completed).toBe(2);
    expect(worker.dialled).toEqual(['job-2']);
    const results = new Queue('results', { connection: redis.redis, prefix: app.prefix });
    expect(await results.getJobCounts()).toMatchObject({ waiting: 2, completed: 0 });
    await results.close();
    expect(await app.queue.cancel('job-1')).toMatchObject({
      phase: 'ended',
      result: { cause: 'CANCELLED' },
    });
  });

  test('a queue that keeps its jobs for a short time does not make the ledger forget that one was cancelled', async () => {
    const { common, ledger } = redis.app();
    const queue = redis.closed(
      new CallQueue({
        ...common,
        retention: { ageSeconds: 1 },
        outcomeRetention: { ageSeconds: 60, consumedMax: 10 },
      }),
    );
    await queue.add(jobInput('job-1'));
    await queue.cancel('job-1');
    await eventually(() => ledger.get('job-1')).toMatchObject({ isResultPublished: true });
    expect(await redis.redis.pttl(ledgerKeys(ledger.prefix).call('job-1'))).toBeGreaterThan(3600_000);
    const results = redis.closed(new Queue('results', { connection: redis.redis, prefix: ledger.prefix }));
    expect((await results.getWaiting()).map(({ opts }) => opts.removeOnComplete)).toEqual([
      { age: 60, count: 10 },
    ]);
  });

  test('a ringing call is cancelled by its owner', async () => {
    const app = redis.app();
    const worker = redis.closed(await playWorker(app, redis.server));
    await app.queue.add({ id: 'job-1', callTo: 'sip:rings@lab' });
    await eventually(async () => (await app.queue.get('job-1'))?.phase).toBe('ringing');
    expect(await app.queue.cancel('job-1')).toEqual({ phase: 'ringing', workerId: worker.workerId });
    await eventually(async () => (await app.queue.get('job-1'))?.phase).toBe('ended');
    expect(await app.queue.get('job-1')).toMatchObject({
      isCancelRequested: true,
      result: { cause: 'CANCELLED' },
    });
  });

  test('an answered call is hung up by its owner; once it has ended, that is said', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    await app.queue.add({ id: 'job-1', callTo: 'sip:answers@lab' });
    await eventually(async () => (await app.queue.get('job-1'))?.phase).toBe('answered');
    expect(await app.queue.cancel('job-1')).toMatchObject({ phase: 'answered' });
    await eventually(async () => (await app.queue.get('job-1'))?.ended?.endedBy).toBe('CANCELLED');
    expect(await app.queue.cancel('job-1')).toMatchObject({
      phase: 'ended',
      result: { state: 'ANSWERED' },
      ended: { endedBy: 'CANCELLED' },
    });
  });

  test('an unknown job is an error with a code', async () => {
    await expect(redis.app().queue.cancel('job-1')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  test('garbage put straight into a lane can be cancelled too', async () => {
    const app = redis.app();
    const lane = new Queue('calls-default', { connection: redis.redis, prefix: app.prefix });
    for (const data of [null, 'text', { callTo: 7 }, { callTo: 'sip:human@lab', metadata: 'none' }]) {
      await lane.add('call', data, { jobId: 'garbage' });
      expect(await app.queue.cancel('garbage')).toMatchObject({
        phase: expect.stringMatching(/waiting|ended/),
      });
      await lane.remove('garbage');
    }
    await lane.close();
    const result = await app.results()[Symbol.asyncIterator]().next();
    expect(result.value).toMatchObject({ jobId: 'garbage', callTo: '' });
  });

  test('100 jobs cancelled while a worker takes them: each has one result, none is dialled after its cancel', async () => {
    const app = redis.app();
    const ids = Array.from({ length: 100 }, (_, i) => `job-${i}`);
    await app.queue.addBulk(ids.map((id) => ({ id, callTo: 'sip:rings@lab' })));
    const worker = redis.closed(await playWorker(app, redis.server));
    const outcomes = await Promise.all(ids.map((id) => app.queue.cancel(id)));
    const results = new Queue('results', { connection: redis.redis, prefix: app.prefix });
    await eventually(async () => (await results.getJobCounts('waiting')).waiting).toBe(100);
    await results.close();
    const waiting = ids.filter((_, i) => outcomes[i]?.phase === 'waiting');
    expect(worker.dialled.filter((id) => waiting.includes(id))).toEqual([]);
    expect(worker.dialled.length + waiting.length).toBe(100);
  });
});

describe('lane limits', () => {
  test('BullMQ keeps the concurrency, and gives out no more jobs than have their turn; null lifts both', async () => {
    const { queue, prefix } = redis.app();
    const meta = () => redis.redis.hmget(`${prefix}:calls-night:meta`, 'max', 'duration', 'concurrency');
    await queue.setLaneLimits('night', { callsPerSecond: 30, concurrency: 100 });
    expect(await meta()).toEqual(['8', '270', '100']);
    await queue.setLaneLimits('night', { callsPerSecond: 0.5 });
    expect(await meta()).toEqual(['1', '2020', '100']);
    await queue.setLaneLimits('night', { callsPerSecond: 2.5 });
    expect(await meta()).toEqual(['1', '404', '100']);
    await queue.setLaneLimits('night', { callsPerSecond: null, concurrency: null });
    expect(await meta()).toEqual([null, null, null]);
    expect(await queue.lanes()).toContain('night');
  });

  test('nonsense is refused', async () => {
    const { queue } = redis.app();
    for (const limits of [{ callsPerSecond: 0 }, { callsPerSecond: Number.NaN }, { concurrency: 1.5 }]) {
      await expect(queue.setLaneLimits('night', limits)).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
      });
    }
    await expect(queue.setLaneLimits('a:b', {})).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
  });

  test('what is no lane is told apart from a Redis that is away', async () => {
    const queue = new CallQueue({ redis: 'redis://127.0.0.1:9', timeoutMs: 200 });
    const refusal = {
      code: 'INVALID_CONFIGURATION',
      retryable: false,
      issues: [{ path: 'lane', value: 'bad lane' }],
    };
    await expect(queue.counts('bad lane')).rejects.toMatchObject(refusal);
    await expect(queue.setLaneLimits('bad lane', {})).rejects.toMatchObject(refusal);
    await queue.close();
  });

  test('a lane with a concurrency of 2 has no third call up', async () => {
    const app = redis.app();
    await app.queue.setLaneLimits('default', { concurrency: 2 });
    await app.queue.addBulk(
      Array.from({ length: 5 }, (_, i) => ({ id: `job-${i}`, callTo: 'sip:rings@lab' })),
    );
    const worker = redis.closed(await playWorker(app, redis.server));
    await eventually(() => worker.dialled.length).toBe(2);
    await app.queue.cancel(worker.dialled[0] ?? '');
    await eventually(() => worker.dialled.length).toBe(3);
    expect(await app.queue.counts()).toMatchObject({ active: 2, waiting: 2, completed: 1 });
  });
});

describe('without Redis', () => {
  test('every method rejects with QUEUE_UNAVAILABLE in bounded time, and works again once Redis is back', async () => {
    const server = await startRedis({ appendOnly: true });
    const queue = new CallQueue({ redis: server.url, timeoutMs: 500 });
    await queue.add(jobInput('job-1'));
    await server.kill();
    const started = Date.now();
    const unavailable = { code: 'QUEUE_UNAVAILABLE', retryable: true };
    await Promise.all([
      expect(queue.add(jobInput('job-2'))).rejects.toMatchObject(unavailable),
      expect(queue.addBulk([jobInput('job-2')])).rejects.toMatchObject(unavailable),
      expect(queue.cancel('job-1')).rejects.toMatchObject(unavailable),
      expect(queue.get('job-1')).rejects.toMatchObject(unavailable),
      expect(queue.counts()).rejects.toMatchObject(unavailable),
    ]);
    expect(Date.now() - started).toBeLessThan(2000);
    await server.restart();
    await eventually(() => queue.add(jobInput('job-3')).catch(() => null)).not.toBeNull();
    expect(await queue.counts()).toMatchObject({ waiting: 2 });
    await queue.close();
    await server.close();
  });

  test('a queue made while Redis is away works once it is there', async () => {
    const server = await startRedis({ appendOnly: true });
    await server.kill();
    const queue = new CallQueue({ redis: server.url, timeoutMs: 300 });
    await expect(queue.add(jobInput('job-1'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await server.restart();
    await eventually(() => queue.add(jobInput('job-1')).catch(() => null)).not.toBeNull();
    await queue.close();
    await server.close();
  });

  test('a Redis that hangs does not hang the app', async () => {
    const server = await startRedis();
    const queue = new CallQueue({ redis: server.url, timeoutMs: 300 });
    await queue.counts();
    server.pause();
    await expect(queue.add(jobInput('job-1'))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    server.resume();
    await queue.add(jobInput('job-1'));
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    await queue.close();
    await server.close();
  });
});

test('numbers in national form are read with the default country, and told in their normal form', async () => {
  const app = redis.app();
  const queue = redis.closed(new CallQueue({ ...app.common, defaultCountry: 'gb' }));
  const job = await queue.add({ callTo: '(01632) 960001', callFrom: '01632 960999', codecs: null });
  expect(job).toMatchObject({ callTo: 'tel:+441632960001', callFrom: '+441632960999', codecs: null });
  expect(queue.validate({ callTo: '01632 960001', callFrom: '100' }).callTo).toBe('tel:+441632960001');
  await expect(app.queue.add({ callTo: '(01632) 960001', callFrom: '100' })).rejects.toMatchObject({
    code: 'INVALID_JOB',
    issues: [{ path: 'callTo', value: '(01632) 960001' }],
  });
  expect(() => new CallQueue({ ...app.common, defaultCountry: 'England' })).toThrow(/^defaultCountry: /);
});

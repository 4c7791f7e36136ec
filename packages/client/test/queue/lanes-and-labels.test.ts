import { describe, expect, test } from 'vitest';
import { eventually, playWorker, useRedis } from '../support.js';

const redis = useRedis();
const callTo = 'sip:answers@lab';

/** A lane's default is `default`; ids `a-0`, `a-1`, ... */
function jobs(count: number, name: string, more: { lane?: string; label?: string; callTo?: string } = {}) {
  return Array.from({ length: count }, (_, i) => ({ id: `${name}-${i}`, callTo, ...more }));
}

describe('warnings', () => {
  test('say that no worker takes the lane, and nothing once one does; the jobs are queued either way', async () => {
    const app = redis.app();
    const warning = 'no worker takes lane "default" now: its jobs wait until one does';
    const job = await app.queue.add({ id: 'one', callTo });
    expect(job.warnings).toEqual([warning]);
    const [first, second] = await app.queue.addBulk([...jobs(1, 'a'), ...jobs(1, 'b', { lane: 'other' })]);
    expect(first?.warnings).toEqual([warning]);
    expect(second?.warnings).toEqual([warning.replace('default', 'other')]);
    expect(await app.queue.counts()).toMatchObject({ waiting: 3 });
    const worker = await playWorker(app, redis.server);
    try {
      await eventually(async () => (await app.queue.add({ id: 'late', callTo })).warnings).toEqual([]);
    } finally {
      await worker.close();
    }
  });

  test('are no part of the job, which can be stored and added again as it is', async () => {
    const { queue } = redis.app();
    const job = await queue.add({ id: 'one', callTo });
    expect(Object.keys(job)).not.toContain('warnings');
    expect(JSON.parse(JSON.stringify(job))).not.toHaveProperty('warnings');
    expect((await queue.add(job)).id).toBe('one');
  });
});

describe('lanes', () => {
  test('are paused, resumed and limited', async () => {
    const { queue } = redis.app();
    await queue.pauseLane('urgent');
    await queue.setLaneLimits('urgent', { callsPerSecond: 2, concurrency: 0 });
    expect(await queue.laneSettings('urgent')).toEqual({ callsPerSecond: 2, concurrency: 0, isPaused: true });
    await queue.resumeLane('urgent');
    expect((await queue.laneSettings('urgent')).isPaused).toBe(false);
    expect(await queue.lanes()).toEqual(['default', 'urgent']);
    for (const bad of [
      { callsPerSecond: 0 },
      { callsPerSecond: -1 },
      { concurrency: -1 },
      { concurrency: 1.5 },
    ])
      await expect(queue.setLaneLimits('urgent', bad)).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
      });
    for (const bad of [queue.pauseLane('no lane'), queue.cancelLane('no lane'), queue.laneSettings('')])
      await expect(bad).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
  });

  test('are cancelled as a whole: what waits is never dialled, what is up is ended, other lanes go on', async () => {
    const app = redis.app();
    await app.queue.addBulk([...jobs(2, 'up'), ...jobs(3, 'other', { lane: 'other' })]);
    const worker = await playWorker(app, redis.server);
    try {
      await eventually(async () => (await app.queue.get('up-1'))?.phase).toBe('answered');
      await eventually(async () => (await app.queue.get('other-2'))?.phase).toBe('answered');
      await app.queue.pauseLane('default');
      await app.queue.addBulk(jobs(120, 'waits'));
      expect(await app.queue.cancelLane('default')).toEqual({ cancelled: 120, ending: 2, ended: 0 });
      await eventually(async () => (await app.queue.get('up-0'))?.ended?.endedBy).toBe('CANCELLED');
      expect((await app.queue.get('other-0'))?.phase).toBe('answered');
      expect(worker.dialled).toHaveLength(5);
      expect(await app.queue.counts('default')).toMatchObject({ waiting: 0 });
      expect((await app.queue.get('waits-119'))?.result).toMatchObject({
        state: 'IDLE',
        cause: 'CANCELLED',
      });
    } finally {
      await worker.close();
    }
    expect(await app.queue.cancelLane('nothing-here')).toEqual({ cancelled: 0, ending: 0, ended: 0 });
  });

  test('are cancelled with the jobs that BullMQ numbered, and with those that cannot be read', async () => {
    const app = redis.app();
    await redis.redis.hset(
      `${app.prefix}:calls-default:7`,
      'name',
      'call',
      'data',
      '{"callTo":1',
      'opts',
      '{}',
    );
    await redis.redis.lpush(`${app.prefix}:calls-default:wait`, '7');
    expect(await app.queue.cancelLane('default')).toEqual({ cancelled: 1, ending: 0, ended: 0 });
    expect((await app.ledger.get('unnamed-default-7'))?.result).toMatchObject({ state: 'IDLE' });
    expect(await app.queue.counts('default')).toMatchObject({ waiting: 0 });
  });
});

describe('labels', () => {
  test('count jobs over all lanes, from the queue to the result', async () => {
    const app = redis.app();
    const none = { ANSWERED: 0, IDLE: 0, ERROR: 0 };
    await app.queue.addBulk([
      ...jobs(2, 'a', { label: 'spring' }),
      ...jobs(1, 'b', { label: 'spring', lane: 'other', callTo: 'sip:busy@lab' }),
      ...jobs(3, 'c', { label: 'autumn' }),
    ]);
    expect(await app.queue.labelCounts('spring')).toEqual({ waiting: 3, active: 0, results: none });
    const worker = await playWorker(app, redis.server);
    try {
      await eventually(() => app.queue.labelCounts('spring')).toEqual({
        waiting: 0,
        active: 2,
        results: { ANSWERED: 2, IDLE: 1, ERROR: 0 },
      });
      expect((await app.queue.get('a-0'))?.result?.label).toBe('spring');
    } finally {
      await worker.close();
    }
    expect(await app.queue.labelCounts('unknown')).toEqual({ waiting: 0, active: 0, results: none });
  });

  test('are cancelled as a whole, whatever the lane; what has its result is left alone', async () => {
    const app = redis.app();
    await app.queue.addBulk([
      ...jobs(120, 'a', { label: 'spring' }),
      ...jobs(2, 'b', { label: 'spring', lane: 'other' }),
      ...jobs(1, 'c', { label: 'autumn' }),
    ]);
    await app.queue.cancel('a-0');
    expect(await app.queue.cancelLabel('spring')).toEqual({ cancelled: 121, ending: 0, ended: 0 });
    expect(await app.queue.labelCounts('spring')).toMatchObject({ waiting: 0, results: { IDLE: 122 } });
    expect(await app.queue.counts()).toMatchObject({ waiting: 1 });
    // The same jobs again are those that have their results.
    await app.queue.addBulk(jobs(120, 'a', { label: 'spring' }));
    expect(await app.queue.labelCounts('spring')).toMatchObject({ waiting: 0 });
  });

  test('are cancelled with their answered calls that are up; other calls go on', async () => {
    const app = redis.app();
    await app.queue.addBulk([
      ...jobs(2, 'up', { label: 'spring' }),
      ...jobs(1, 'far', { label: 'spring', lane: 'other' }),
      ...jobs(1, 'stays', { label: 'autumn' }),
    ]);
    const worker = await playWorker(app, redis.server);
    try {
      await eventually(() => app.queue.labelCounts('spring')).toMatchObject({ results: { ANSWERED: 3 } });
      await eventually(async () => (await app.queue.get('stays-0'))?.phase).toBe('answered');
      expect(await app.queue.cancelLabel('spring')).toEqual({ cancelled: 0, ending: 3, ended: 0 });
      for (const id of ['up-0', 'up-1', 'far-0'])
        await eventually(async () => (await app.queue.get(id))?.ended?.endedBy).toBe('CANCELLED');
      expect((await app.queue.get('stays-0'))?.phase).toBe('answered');
      expect(await app.queue.cancelLabel('spring')).toEqual({ cancelled: 0, ending: 0, ended: 0 });
    } finally {
      await worker.close();
    }
  });

  test('forget jobs that were removed by hand, and refuse what is no label', async () => {
    const app = redis.app();
    await app.queue.addBulk(jobs(1, 'a', { label: 'spring' }));
    await redis.redis.del(`${app.prefix}:calls-default:a-0`, `${app.prefix}:calls-default:wait`);
    expect(await app.queue.cancelLabel('spring')).toEqual({ cancelled: 0, ending: 0, ended: 1 });
    expect(await app.queue.labelCounts('spring')).toMatchObject({ waiting: 0 });
    await expect(app.queue.labelCounts('no label')).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
    await expect(app.queue.add({ callTo, label: 'no label' })).rejects.toMatchObject({ code: 'INVALID_JOB' });
  });
});

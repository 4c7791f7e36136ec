import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { type CallResult, Outdial, type OutdialOptions } from '../src/index.js';
import { eventually, playWorker, useRedis } from './support.js';

const redis = useRedis();

function outdialOf(options: OutdialOptions): Outdial {
  return redis.closed(new Outdial(options));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const idsOf = (results: readonly CallResult[]) => results.map(({ jobId }) => jobId).sort();

describe('Outdial', () => {
  test('places a call, hands out its outcomes, tells its events, and finds no broken promise', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const outdial = outdialOf(app.common);
    const events = outdial.events.follow({ from: '0' });
    const channel = outdial.channel({ pollMs: 50 });
    expect(await channel.call('sip:hangs-up@lab')).toBe('ANSWERED');
    expect(await channel.waitForIdle()).toBe('IDLE');
    const { value: first } = await events.next();
    expect(first).toMatchObject({ event: { type: 'calling', jobId: channel.details.jobId } });
    const seen: string[] = [];
    outdial.results.consume(({ state }) => void seen.push(state));
    outdial.endedRecords.consume(({ endedBy }) => void seen.push(endedBy));
    await eventually(() => seen.toSorted()).toEqual(['ANSWERED', 'CALLEE']);
    expect(await outdial.audit({ graceMs: 100 })).toMatchObject({ ok: true });
  });

  test('its results queue is that of its jobs, of its results and of its ended records', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const outdial = outdialOf({ ...app.common, resultsQueue: 'spring' });
    await outdial.queue.addBulk([
      { id: 'one', callTo: 'sip:hangs-up@lab' },
      { id: 'other', callTo: 'sip:hangs-up@lab', resultsQueue: 'autumn' },
    ]);
    await eventually(async () => (await app.queue.get('other'))?.ended?.resultsQueue).toBe('autumn');
    await eventually(() => outdial.endedRecords.counts()).toMatchObject({ waiting: 1 });
    expect(await all(outdial.results.peek())).toMatchObject([{ jobId: 'one', resultsQueue: 'spring' }]);
    expect(await all(outdial.endedRecords.peek())).toMatchObject([{ jobId: 'one', resultsQueue: 'spring' }]);
  });

  test('`await using` closes it, and leaves a connection of the app’s own open', async () => {
    const app = redis.app();
    const connection = new Redis(redis.server.url);
    {
      await using outdial = new Outdial({ redis: connection, prefix: app.prefix });
      await outdial.queue.add({ id: 'one', callTo: 'sip:human@lab' });
      outdial.results.consume(() => undefined);
    }
    expect(await connection.ping()).toBe('PONG');
    connection.disconnect();
    const own = new Outdial(app.common);
    await own.queue.lanes();
    await own[Symbol.asyncDispose]();
    await expect(own.queue.lanes()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });
});

describe('resultsOf', () => {
  test('yields results that are there already, and those that come, to any number of readers', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const outdial = outdialOf(app.common);
    const ids = ['early-1', 'early-2', 'late'];
    await outdial.queue.addBulk(ids.slice(0, 2).map((id) => ({ id, callTo: 'sip:busy@lab' })));
    await eventually(() => outdial.results.counts()).toMatchObject({ waiting: 2 });
    await outdial.queue.add({ id: 'late', callTo: 'sip:rings@lab' });
    const readers = [outdial.resultsOf(ids), outdial.resultsOf(ids, { pollMs: 20 })];
    const firsts = await Promise.all(readers.map(async (reader) => (await reader.next()).value?.jobId));
    expect(firsts.every((id) => id?.startsWith('early'))).toBe(true);
    await eventually(async () => (await outdial.queue.get('late'))?.phase).toBe('ringing');
    await outdial.queue.cancel('late');
    for (const reader of readers) expect(idsOf(await all(reader))).toHaveLength(2);
    await eventually(() => outdial.results.counts()).toMatchObject({ waiting: 3, consumed: 0 });
  });

  test('yields results that others have consumed', async () => {
    const app = redis.app();
    redis.closed(await playWorker(app, redis.server));
    const outdial = outdialOf(app.common);
    outdial.results.consume(() => undefined);
    await outdial.queue.add({ id: 'one', callTo: 'sip:busy@lab' });
    await eventually(() => outdial.results.counts()).toMatchObject({ consumed: 1 });
    expect(idsOf(await all(outdial.resultsOf(['one', 'one'])))).toEqual(['one']);
  });

  test('rejects for a job that is not known, ends with its signal, and ends at once without jobs', async () => {
    const app = redis.app();
    const outdial = outdialOf(app.common);
    await expect(all(outdial.resultsOf(['nobody']))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await outdial.queue.add({ id: 'one', callTo: 'sip:human@lab' });
    const controller = new AbortController();
    const waiting = all(outdial.resultsOf(['one'], { signal: controller.signal }));
    controller.abort();
    expect(await waiting).toEqual([]);
    expect(await all(outdial.resultsOf([]))).toEqual([]);
  });

  test('rejects when Redis does not answer', async () => {
    const outdial = outdialOf({ redis: 'redis://127.0.0.1:1', timeoutMs: 100 });
    await expect(all(outdial.resultsOf(['one']))).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });
});

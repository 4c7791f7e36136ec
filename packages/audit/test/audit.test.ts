import { buildResult, callIdentity } from '@outdial/contract';
import { primariesOf } from '@outdial/queue';
import { startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, it } from 'vitest';
import { Bench, WORKER } from './broken.js';
import { eventually, isOnCluster, jobOf, useRedis } from './support.js';

const redis = useRedis();
let bench: Bench;
beforeEach(() => {
  bench = new Bench(redis.app(), redis.redis);
});

describe('an audit of calls in every phase', () => {
  it('finds nothing, and counts what it compared', async () => {
    const { app } = bench;
    await app.add(
      { id: 'busy' },
      { id: 'answers' },
      { id: 'rings' },
      { id: 'hangs-up' },
      { id: 'cancelled' },
    );
    await app.cancel('cancelled');
    const held = new Promise<void>(() => undefined);
    const inPhase = new Set<string>();
    app.work(async ({ id = '' }) => {
      if (id === 'busy') await bench.finish(id);
      else if (id === 'rings') await bench.ring(id);
      else {
        const end = await bench.answer(id);
        if (id === 'hangs-up') await end();
      }
      inPhase.add(id);
      if (id === 'rings' || id === 'answers') await held;
    });
    await eventually(() => inPhase).toEqual(new Set(['busy', 'answers', 'rings', 'hangs-up']));
    const seen = new Set<string>();
    const stop = app.consumeResults(({ jobId }) => {
      seen.add(jobId);
      if (jobId === 'busy') throw new Error('later');
    });
    await eventually(() => seen).toEqual(new Set(['cancelled', 'answers', 'busy', 'hangs-up']));
    await stop();
    const report = await bench.audit();
    expect(report).toMatchObject({ ok: true, findings: [], counts: {}, suspects: 0 });
    expect(report.compared).toMatchObject({ lanes: 1, jobs: 4, entries: 5, results: 4, endedRecords: 1 });
    expect(report.compared.events).toBeGreaterThan(1);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await bench.audit()).toMatchObject({
      ok: true,
      compared: { lanes: 1, jobs: 0, entries: 0, results: 0, endedRecords: 0, events: 0 },
    });
  });

  it('finds nothing wrong with jobs that wait, are delayed or expired, nor with garbage that waits', async () => {
    await bench.app.add({ id: 'one' }, { id: 'two' }, { id: 'old', expiresAt: 1 });
    await bench.ageJob('one', 'timestamp');
    await bench.ageJob('two', 'timestamp');
    await bench.redis.lrem(bench.lane('wait'), 1, 'two');
    await bench.redis.zadd(bench.lane('delayed'), Date.now(), 'two');
    await bench.redis.hset(bench.lane('old'), 'data', 'no JSON');
    await bench.redis.lpush(bench.lane('wait'), 'an id without a job');
    expect(await bench.audit()).toMatchObject({ ok: true, suspects: 0, compared: { jobs: 3 } });
  });

  it('takes what is in flight at its first look for no finding', async () => {
    await bench.finish('one');
    await bench.age('one', 'settledAt');
    await bench.redis.hdel(bench.keys.call('one'), 'resultPublished');
    const report = await bench.audit({
      graceMs: 500,
      onProgress: ({ step }) => {
        if (step === 'waiting') void bench.redis.hset(bench.keys.call('one'), 'resultPublished', '1');
      },
    });
    expect(report).toMatchObject({ ok: true, suspects: 1 });
  });

  it('finds what stays broken, says what it saw and since when, and which promise it breaks', async () => {
    const token = await bench.claim('one');
    await bench.app.ledger.settle('one', token, buildResult(callIdentity(jobOf('one'), WORKER)), {
      isOver: true,
    });
    await bench.age('one', 'settledAt');
    const { ok, findings, counts } = await bench.audit();
    expect(ok).toBe(false);
    expect(counts).toEqual({ RESULT_UNPUBLISHED: 1 });
    expect(findings).toEqual([
      {
        jobId: 'one',
        lane: 'default',
        code: 'RESULT_UNPUBLISHED',
        promise: 2,
        seen: 'the result was recorded 5 min ago, and it is still in the outbox',
        since: expect.closeTo(Date.now() - 300_000, -4),
      },
    ]);
  });

  it('looks at one lane alone when it is asked to', async () => {
    for (const lane of ['red', 'blue']) {
      await bench.app.add({ id: lane, lane });
      await bench.finish(`done-${lane}`, { lane });
      await bench.age(`done-${lane}`, 'settledAt');
      await bench.redis.hdel(bench.keys.call(`done-${lane}`), 'resultPublished');
    }
    expect(await bench.findings()).toEqual({
      'done-blue': ['RESULT_UNPUBLISHED'],
      'done-red': ['RESULT_UNPUBLISHED'],
    });
    const report = await bench.audit({ lane: 'red' });
    expect(report.findings).toMatchObject([{ jobId: 'done-red', lane: 'red' }]);
    expect(report.compared).toMatchObject({ lanes: 1, jobs: 1, entries: 1, results: 1 });
    await expect(bench.audit({ lane: 'no lane' })).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
  });

  it('writes nothing', async () => {
    await bench.finish('one');
    await bench.age('one', 'settledAt');
    await bench.redis.hdel(bench.keys.call('one'), 'resultPublished');
    const state = async () => {
      const infos = await Promise.all(primariesOf(bench.redis).map((server) => server.info()));
      return infos.map((info) =>
        /(?:master_repl_offset|rdb_changes_since_last_save):\d+/g[Symbol.match](info),
      );
    };
    const before = await state();
    expect((await bench.audit()).ok).toBe(false);
    expect(await state()).toEqual(before);
  });

  it('ends when it is told to', async () => {
    await bench.finish('one');
    await bench.age('one', 'settledAt');
    await bench.redis.hdel(bench.keys.call('one'), 'resultPublished');
    const stop = new AbortController();
    const report = bench.audit({
      graceMs: 60_000,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 'waiting') stop.abort(new Error('enough'));
      },
    });
    await expect(report).rejects.toThrow();
  });
});

describe('an audit over the network', () => {
  it.skipIf(isOnCluster)('runs on a replica, and refuses one that has lost its primary', async () => {
    await bench.finish('one');
    await bench.age('one', 'settledAt');
    await bench.redis.hdel(bench.keys.call('one'), 'resultPublished');
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(redis.server.port)] });
    const client = new Redis(replica.url);
    try {
      await eventually(async () => await client.info('replication')).toContain('master_link_status:up');
      await eventually(async () => await client.exists(bench.keys.call('one'))).toBe(1);
      const onReplica = new Bench(bench.app, client, { ...bench.app.common, redis: replica.url });
      expect(await onReplica.findings()).toEqual({ one: ['RESULT_UNPUBLISHED'] });
      await client.replicaof('127.0.0.1', 9);
      await expect(onReplica.audit()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    } finally {
      client.disconnect();
      await replica.close();
    }
  });

  it('says that Redis is away', async () => {
    const away = new Bench(bench.app, bench.redis, { redis: 'redis://127.0.0.1:9', timeoutMs: 300 });
    await expect(away.audit()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });
});

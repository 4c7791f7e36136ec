import { ledgerKeys, outcomeJobId, resultsQueuesKey } from '@outdial/contract';

import { Queue } from 'bullmq';
import { afterEach, describe, expect, test } from 'vitest';
import { Ledger, Outbox } from '../src/index.js';
import { claimed, endedOf, eventually, jobOf, LONG_MS, resultOf, useRedis } from './support.js';

const redis = useRedis();
const closing: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

function outboxOf(ledger: Ledger): Outbox {
  const outbox = new Outbox({ ledger, redis: redis.redis });
  closing.push(() => outbox.close());
  return outbox;
}

function queueOf(ledger: Ledger, name: string): Queue {
  const queue = new Queue(name, { connection: redis.redis, prefix: ledger.prefix });
  closing.push(() => queue.close());
  return queue;
}

describe('publishing', () => {
  test('a recorded result reaches the results queue and leaves the outbox', async () => {
    const ledger = redis.newLedger();
    const result = resultOf('job-1', { cause: 'BUSY' });
    await ledger.settle('job-1', null, result);
    const outbox = outboxOf(ledger);
    await outbox.publishResult(result);
    const jobs = await queueOf(ledger, 'results').getWaiting();
    expect(jobs.map(({ data }) => data)).toEqual([result]);
    await outbox.marked();
    expect(await ledger.unpublished()).toEqual([]);
    expect(await ledger.get('job-1')).toMatchObject({ isResultPublished: true });
  });

  test('marks of calls that end together share a round trip', async () => {
    const ledger = redis.newLedger();
    const outbox = outboxOf(ledger);
    const results = Array.from({ length: 200 }, (_, i) => resultOf(`job-${i}`));
    await Promise.all(results.map((result) => ledger.settle(result.jobId, null, result)));
    let steps = 0;
    const markPublished = ledger.markPublished.bind(ledger);
    ledger.markPublished = (items) => {
      steps++;
      return markPublished(items);
    };
    await Promise.all(results.map((result) => outbox.publishResult(result)));
    await outbox.marked();
    expect(steps).toBeLessThan(20);
    expect(await ledger.unpublished()).toEqual([]);
  });

  test('an outcome goes to the results queue that its job names, by a sweep as well, and the ended record beside it', async () => {
    const ledger = redis.newLedger();
    const resultsQueue = 'spring';
    const answered = resultOf('job-1', { state: 'ANSWERED', resultsQueue });
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, answered);
    await ledger.end('job-1', token, endedOf('job-1', { resultsQueue }));
    const swept = resultOf('job-2', { resultsQueue });
    await ledger.settle('job-2', null, swept);
    await ledger.settle('job-3', null, resultOf('job-3'));
    const outbox = outboxOf(ledger);
    await outbox.publishResult(answered);
    await outbox.sweep({ olderThanMs: 0 });
    const idsIn = async (name: string) =>
      (await queueOf(ledger, name).getWaiting()).map(({ data }) => data.jobId).sort();
    expect(await idsIn('spring')).toEqual(['job-1', 'job-2']);
    expect(await idsIn('ended-spring')).toEqual(['job-1']);
    expect(await idsIn('results')).toEqual(['job-3']);
    expect(await idsIn('ended')).toEqual([]);
  });

  test('a named results queue is trimmed like the default one, and forgotten long after its last outcome', async () => {
    const ledger = redis.newLedger();
    const outbox = new Outbox({ ledger, redis: redis.redis, retention: { ageSeconds: 0.01 } });
    closing.push(() => outbox.close());
    await outbox.publishResult(resultOf('job-1', { resultsQueue: 'spring' }));
    await outbox.publishResult(resultOf('job-2', { resultsQueue: 'spring' }));
    const spring = queueOf(ledger, 'spring');
    const [oldest] = await spring.getWaiting(1, 1);
    await redis.redis.lrem(`${ledger.prefix}:spring:wait`, 1, oldest?.id ?? '');
    await redis.redis.zadd(`${ledger.prefix}:spring:completed`, 1, oldest?.id ?? '');
    await redis.redis.hset(`${ledger.prefix}:spring:${oldest?.id}`, 'finishedOn', 1);
    await eventually(() => outbox.trim()).toEqual({ result: 1, ended: 0 });
    expect(await spring.getJobCounts('wait', 'completed')).toEqual({ wait: 0, completed: 0 });
    const names = resultsQueuesKey(ledger.prefix);
    expect(await redis.redis.zrange(names, '0', '-1')).toEqual(['spring']);
    await redis.redis.zadd(names, 1, 'spring');
    await outbox.trim();
    expect(await redis.redis.exists(names)).toBe(0);
  });

  test('a record that names no valid results queue goes to the default one', async () => {
    const ledger = redis.newLedger();
    const { resultsQueue: _, ...unnamed } = resultOf('job-1');
    await ledger.settle('job-1', null, unnamed as typeof unnamed & { resultsQueue: string });
    await ledger.settle('job-2', null, resultOf('job-2', { resultsQueue: 'a:b' }));
    expect(await outboxOf(ledger).sweep({ olderThanMs: 0 })).toBe(2);
    expect(await queueOf(ledger, 'results').getWaitingCount()).toBe(2);
  });

  test('ids that the queue would refuse are escaped, each to an id of its own', () => {
    const ids = ['1', 'a:b', 'a%3Ab', '0:1', '☎', 'job-1', '\ud800'];
    const escaped = ids.map(outcomeJobId);
    expect(new Set(escaped).size).toBe(ids.length);
    expect(escaped.every((id) => !id.includes(':') && !/^\d+$/.test(id))).toBe(true);
  });
});

describe('a crash', () => {
  test('leaves outcomes that are published although garbage stands before them in the outbox', async () => {
    const ledger = redis.newLedger();
    const key = (name: string) => `${ledger.prefix}:ledger:${name}`;
    await redis.redis.set(key('call:not-a-hash'), 'nonsense');
    await redis.redis.zadd(key('outbox'), 1, 'nonsense', 2, 'result:not-a-hash', 3, 'result:nobody', 4, ':');
    await ledger.settle('job-1', null, resultOf('job-1'));
    expect(await outboxOf(ledger).sweep({ olderThanMs: 0 })).toBe(1);
    expect(await redis.redis.zcard(key('outbox'))).toBe(0);
  });

  test('leaves outcomes that are published although the record of one is broken', async () => {
    const unreadable: string[] = [];
    const ledger = redis.newLedger({ onUnreadable: ({ jobId }) => unreadable.push(jobId) });
    await ledger.settle('job-0', null, resultOf('job-0'));
    await redis.redis.hset(ledgerKeys(ledger.prefix).call('job-0'), 'result', '{"jobId":');
    await ledger.settle('job-1', null, resultOf('job-1'));
    const outbox = outboxOf(ledger);
    await outbox.sweep({ olderThanMs: 0 });
    const jobs = await queueOf(ledger, 'results').getWaiting();
    expect(jobs.map(({ data }) => data)).toEqual([resultOf('job-1')]);
    expect(unreadable).toEqual(['job-0']);
    expect(await ledger.unpublished()).toEqual([]);
  });

  test('before the outcome was added: the sweep of another worker publishes it', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { state: 'ANSWERED' }));
    await ledger.end('job-1', token, endedOf('job-1'));
    expect(await outboxOf(ledger).sweep({ olderThanMs: 0 })).toBe(2);
    expect(await queueOf(ledger, 'results').count()).toBe(1);
    expect(await queueOf(ledger, 'ended').count()).toBe(1);
    expect(await ledger.unpublished()).toEqual([]);
  });

  test('between adding and marking: the repeat of the sweep is dropped', async () => {
    const ledger = redis.newLedger();
    const results = queueOf(ledger, 'results');
    const result = resultOf('job-1');
    await ledger.settle('job-1', null, result);
    const crashing = new Outbox({ ledger, redis: redis.redis });
    closing.push(() => crashing.close());
    const markPublished = ledger.markPublished.bind(ledger);
    ledger.markPublished = () => Promise.reject(new Error('crashed'));
    await crashing.publishResult(result);
    await crashing.marked();
    ledger.markPublished = markPublished;
    expect(await results.count()).toBe(1);

    expect(await outboxOf(ledger).sweep({ olderThanMs: 0 })).toBe(1);
    expect(await results.count()).toBe(1);
    expect(await ledger.unpublished()).toEqual([]);
  });

  test('sweeps of many workers at once publish each outcome once', async () => {
    const ledger = redis.newLedger();
    const ids = Array.from({ length: 500 }, (_, i) => `job-${i}`);
    await Promise.all(ids.map((id) => ledger.settle(id, null, resultOf(id))));
    const outboxes = Array.from({ length: 5 }, () => outboxOf(ledger));
    await Promise.all(outboxes.map((outbox) => outbox.sweep({ olderThanMs: 0 })));
    expect(await queueOf(ledger, 'results').count()).toBe(500);
  });

  test('a sweep leaves alone what its own worker is just publishing', async () => {
    const ledger = redis.newLedger();
    await ledger.settle('job-1', null, resultOf('job-1'));
    expect(await outboxOf(ledger).sweep({ olderThanMs: LONG_MS })).toBe(0);
    expect(await ledger.unpublished()).toHaveLength(1);
  });
});

describe('retention', () => {
  const published = async (ledger: Ledger, jobId: string) => {
    await ledger.settle(jobId, null, resultOf(jobId));
    await ledger.markPublished([{ kind: 'result', jobId }]);
  };
  const ttl = (ledger: Ledger, jobId: string) => redis.redis.pttl(`${ledger.prefix}:ledger:call:${jobId}`);

  test('an entry has no end while anything is left to do, in whatever order that gets done', async () => {
    const ledger = redis.newLedger({ retention: { ageSeconds: 60 } });
    const token = await claimed(ledger, 'job-1');
    expect(await ttl(ledger, 'job-1')).toBe(-1);
    await ledger.settle('job-1', token, resultOf('job-1', { state: 'ANSWERED' }));
    await ledger.markPublished([{ kind: 'result', jobId: 'job-1' }]);
    expect(await ttl(ledger, 'job-1')).toBe(-1);
    await ledger.end('job-1', token, endedOf('job-1'));
    expect(await ttl(ledger, 'job-1')).toBe(-1);
    await ledger.markPublished([{ kind: 'ended', jobId: 'job-1' }]);
    expect(await ttl(ledger, 'job-1')).toBeGreaterThan(50_000);

    const late = await claimed(ledger, 'job-2');
    await ledger.settle('job-2', late, resultOf('job-2'));
    await ledger.markPublished([{ kind: 'result', jobId: 'job-2' }]);
    expect(await ttl(ledger, 'job-2')).toBe(-1);
    await ledger.release('job-2', late);
    expect(await ttl(ledger, 'job-2')).toBeGreaterThan(50_000);
  });

  test('of finished entries only the newest stay, up to the configured count', async () => {
    const ledger = redis.newLedger({ retention: { ageSeconds: 60, count: 10 } });
    for (let i = 0; i < 25; i++) await published(ledger, `job-${i}`);
    await claimed(ledger, 'job-held');
    const left = (await redis.keys(ledger)).filter((key) => key.includes(':ledger:call:'));
    expect(left).toHaveLength(11);
    expect(await ledger.get('job-24')).not.toBeNull();
    expect(await ledger.get('job-held')).not.toBeNull();
  });

  test('it is known from when on calls are forgotten, by their age and by their number', async () => {
    const ledger = redis.newLedger({ retention: { ageSeconds: 60, count: 2 } });
    const startedAt = Date.now();
    expect(await ledger.mayHaveForgotten(startedAt)).toBe(false);
    expect(await ledger.mayHaveForgotten(startedAt - 61_000)).toBe(true);
    for (let i = 0; i < 2; i++) await published(ledger, `job-${i}`);
    expect(await ledger.mayHaveForgotten(startedAt)).toBe(false);
    await published(ledger, 'job-2');
    expect(await ledger.get('job-0')).toBeNull();
    expect(await ledger.mayHaveForgotten(startedAt)).toBe(true);
    expect(await ledger.mayHaveForgotten(Date.now() + 1)).toBe(false);
  });

  test('a ledger with a shorter retention does not shorten that of others', async () => {
    const ledger = redis.newLedger({ retention: { ageSeconds: 3600 } });
    await published(ledger, 'job-1');
    const { finished } = ledgerKeys(ledger.prefix);
    await redis.redis.zincrby(finished, -60_000, 'job-1');
    const other = new Ledger(redis.redis, { prefix: ledger.prefix, retention: { ageSeconds: 1 } });
    await published(other, 'job-2');
    expect(await redis.redis.zrange(finished, '0', '-1')).toEqual(['job-1', 'job-2']);
  });

  test('a job past its retention leaves nothing in Redis', async () => {
    const ledger = redis.newLedger({ retention: { ageSeconds: 0.001 } });
    await published(ledger, 'job-1');
    await eventually(() => ledger.get('job-1')).toBeNull();
    await published(ledger, 'job-2');
    await eventually(() => ledger.get('job-2')).toBeNull();
    // The index of finished entries is left to `trim`.
    await ledger.trim();
    expect(await redis.keys(ledger)).toEqual([]);
  });

  test('a repeated id within the retention is the same job', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    await published(ledger, 'job-1');
    expect(await ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') })).toMatchObject({
      kind: 'settled',
      isPublished: true,
    });
  });
});

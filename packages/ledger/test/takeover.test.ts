import { describe, expect, test } from 'vitest';
import { claimed, endedOf, jobOf, LONG_MS, resultOf, ringingOf, useRedis } from './support.js';

const redis = useRedis();

describe('heartbeats', () => {
  test('the first registers, the next renew, and each counts the calls on record', async () => {
    const ledger = redis.newLedger();
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toEqual({
      wasRegistered: false,
      callCount: 0,
      cancels: [],
    });
    await claimed(ledger, 'job-1', 'w1');
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toMatchObject({
      wasRegistered: true,
      callCount: 1,
    });
    expect(await ledger.lostWorkers()).toEqual([]);
  });

  test('a lease that runs out makes the worker lost, by the clock of Redis alone', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await ledger.heartbeat('w1', { ttlMs: 0 });
    expect(await ledger.lostWorkers()).toEqual(['w1']);
  });

  test('when every lease has run out, Redis was away: the first worker that is back takes nobody for lost', async () => {
    const ledger = redis.newLedger();
    for (const worker of ['w1', 'w2', 'w3']) await ledger.heartbeat(worker, { ttlMs: 0 });
    await ledger.heartbeat('w3', { ttlMs: LONG_MS });
    expect(await ledger.lostWorkers()).toEqual([]);
  });

  test('an outage of Redis counts for nobody, and no longer than it was: who was silent before it is lost soon after', async () => {
    const ledger = redis.newLedger();
    const workers = `${ledger.prefix}:ledger:workers`;
    const ttlMs = 6000;
    // Redis was away for 8 s. The last to be heard was w2; w1 was silent for 4 s by then, and w0 too long already.
    const now = Date.now();
    const leaseOf = (silentForMs: number) => now - silentForMs + ttlMs;
    await redis.redis.zadd(workers, leaseOf(8000), 'w2', leaseOf(12_000), 'w1', leaseOf(14_500), 'w0');
    expect(await ledger.lostWorkers()).toHaveLength(3);
    await ledger.heartbeat('w2', { ttlMs });
    expect(await ledger.lostWorkers()).toEqual(['w0']);
    const leftMs = Number(await redis.redis.zscore(workers, 'w1')) - Date.now();
    expect(leftMs).toBeGreaterThan(1000);
    expect(leftMs).toBeLessThanOrEqual(2000);
  });

  test('a worker that retired with calls stays lost although every lease has run out', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1', 'w1');
    await ledger.retire('w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    expect(await ledger.lostWorkers()).toEqual(['w1']);
  });

  test('a late heartbeat keeps calls that nobody has taken over yet', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1', 'w1');
    await redis.loseWorker(ledger, 'w1');
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toMatchObject({
      wasRegistered: true,
      callCount: 1,
    });
    expect(await ledger.record('job-1', token, { phase: 'ringing' })).toBe('recorded');
  });

  test('retiring without calls leaves nothing behind; with calls it makes them ready to be taken over', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1', 'w1');
    expect(await ledger.retire('w1')).toBe(1);
    expect(await ledger.lostWorkers()).toEqual(['w1']);
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    await ledger.settle('job-1', token, resultOf('job-1'), { isOver: true });
    expect(await ledger.retire('w1')).toBe(0);
    expect(await ledger.lostWorkers()).toEqual([]);
    expect((await redis.keys(ledger)).filter((key) => key.includes('worker'))).toEqual([]);
  });
});

describe('takeover', () => {
  test('the taker gets each call with its whereabouts and facts, under a token of its own', async () => {
    const ledger = redis.newLedger();
    const old = await claimed(ledger, 'job-1', 'w1');
    await ledger.record('job-1', old, {
      phase: 'ringing',
      whereabouts: { stackTxnId: 't1', drachtio: 'd1' },
      facts: { rang: true },
    });
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    const [entry, ...others] = await ledger.takeOver('w1', 'w2');
    expect(others).toEqual([]);
    expect(entry).toMatchObject({
      jobId: 'job-1',
      phase: 'ringing',
      workerId: 'w2',
      takenFrom: 'w1',
      job: jobOf('job-1'),
      whereabouts: { stackTxnId: 't1', drachtio: 'd1' },
      facts: { rang: true },
    });
    expect(entry?.token).not.toBe(old);
    expect(await ledger.takenOver('w2')).toEqual([entry]);
    expect(await ledger.lostWorkers()).toEqual([]);
    expect(await ledger.callsOf('w2')).toEqual([entry]);
    const result = resultOf('job-1', { state: 'ERROR', cause: 'ERROR' });
    expect(await ledger.settle('job-1', entry?.token ?? '', result, { isOver: true })).toEqual({
      kind: 'settled',
    });
  });

  test('nothing is taken from the living, nor by the dead, nor by a worker from itself', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1', 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    expect(await ledger.takeOver('w1', 'w2')).toEqual([]);
    await redis.loseWorker(ledger, 'w1');
    expect(await ledger.takeOver('w1', 'nobody')).toEqual([]);
    expect(await ledger.takeOver('w1', 'w1')).toEqual([]);
    expect(await ledger.callsOf('w1')).toHaveLength(1);
  });

  test('ten takers at once take each of a thousand calls over once', async () => {
    const ledger = redis.newLedger();
    await Promise.all(Array.from({ length: 1000 }, (_, i) => claimed(ledger, `job-${i}`, 'w1')));
    const takers = Array.from({ length: 10 }, (_, i) => `t${i}`);
    await Promise.all(takers.map((taker) => ledger.heartbeat(taker, { ttlMs: LONG_MS })));
    await redis.loseWorker(ledger, 'w1');
    const taken = (await Promise.all(takers.map((taker) => ledger.takeOver('w1', taker)))).flat();
    expect(taken).toHaveLength(1000);
    expect(new Set(taken.map(({ jobId }) => jobId)).size).toBe(1000);
    expect(new Set(taken.map(({ token }) => token)).size).toBe(1000);
    expect(await ledger.lostWorkers()).toEqual([]);
  });

  test('a worker that was only frozen finds every step refused, and learns it from its heartbeat', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1', 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    const [taken] = await ledger.takeOver('w1', 'w2');
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toMatchObject({
      wasRegistered: false,
      callCount: 0,
    });
    expect(await ledger.record('job-1', token, { events: [ringingOf('job-1')] })).toBe('lost');
    expect(await ledger.settle('job-1', token, resultOf('job-1'))).toEqual({ kind: 'lost' });
    expect(await ledger.end('job-1', token, endedOf('job-1'))).toEqual({ kind: 'lost' });
    expect(await ledger.release('job-1', token)).toBe('lost');
    expect(await ledger.unclaim('job-1', token)).toBe('lost');
    // Also once the taker has settled it: the fenced-out worker has nothing to publish.
    await ledger.settle('job-1', taken?.token ?? '', resultOf('job-1'), { isOver: true });
    expect(await ledger.settle('job-1', token, resultOf('job-1'))).toEqual({ kind: 'lost' });
    expect(await redis.events(ledger)).toEqual([]);
  });

  test('a taker that dies is taken over from in its turn', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1', 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await ledger.heartbeat('w3', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    const [first] = await ledger.takeOver('w1', 'w2');
    await redis.loseWorker(ledger, 'w2');
    const [second] = await ledger.takeOver('w2', 'w3');
    expect(second).toMatchObject({ jobId: 'job-1', workerId: 'w3', takenFrom: 'w2' });
    expect(second?.token).not.toBe(first?.token);
  });

  test('an outcome that was recorded comes along, so that the taker publishes that', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1', 'w1');
    const result = resultOf('job-1', { state: 'ANSWERED' });
    await ledger.settle('job-1', token, result);
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    const [taken] = await ledger.takeOver('w1', 'w2');
    expect(taken).toMatchObject({ phase: 'answered', result, isResultPublished: false });
    expect(await ledger.end('job-1', taken?.token ?? '', endedOf('job-1'))).toEqual({ kind: 'ended' });
  });
});

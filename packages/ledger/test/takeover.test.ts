import type { RecordingReport } from '@outdial/contract';
import { describe, expect, test } from 'vitest';
import type { LegSoFar } from '../src/index.js';
import { claimed, endedOf, jobOf, LONG_MS, resultOf, ringingOf, useRedis } from './support.js';

const redis = useRedis();
const TTL_MS = 6000;

describe('heartbeats', () => {
  test('the first registers, the next renew', async () => {
    const ledger = redis.newLedger();
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toEqual({ wasRegistered: false, cancels: [] });
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toEqual({ wasRegistered: true, cancels: [] });
    expect(await ledger.lostWorkers()).toEqual([]);
  });

  test('one that may only renew does not register: the worker has calls to let go of first', async () => {
    const ledger = redis.newLedger();
    const beat = () => ledger.heartbeat('w1', { ttlMs: LONG_MS, mayRegister: false });
    expect(await beat()).toEqual({ wasRegistered: false, cancels: [] });
    expect(await beat()).toEqual({ wasRegistered: false, cancels: [] });
    const answer = await ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') });
    expect(answer).toEqual({ kind: 'workerLost' });
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    expect(await beat()).toMatchObject({ wasRegistered: true });
  });

  test('a lease that runs out makes the worker lost, by the clock of Redis alone', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await ledger.heartbeat('w1', { ttlMs: 0 });
    expect(await ledger.lostWorkers()).toEqual(['w1']);
  });

  test('when every lease has run out, Redis was away: the first worker that is back counts no other as lost', async () => {
    const ledger = redis.newLedger();
    for (const worker of ['w1', 'w2', 'w3']) await ledger.heartbeat(worker, { ttlMs: TTL_MS });
    await redis.passTime(ledger, 3 * TTL_MS);
    expect(await ledger.lostWorkers()).toHaveLength(3);
    await ledger.heartbeat('w3', { ttlMs: TTL_MS });
    expect(await ledger.lostWorkers()).toEqual([]);
  });

  test('an outage of Redis extends every lease by its own length: a worker that was silent before it is lost soon after', async () => {
    const ledger = redis.newLedger();
    // w0 falls silent, w1 does 9 s later, w2 is heard for 4 s more; then Redis is away for 8 s.
    await ledger.heartbeat('w0', { ttlMs: TTL_MS });
    for (let i = 0; i < 3; i++) {
      await redis.passTime(ledger, 2900);
      await ledger.heartbeat('w1', { ttlMs: TTL_MS });
    }
    for (let i = 0; i < 2; i++) {
      await redis.passTime(ledger, 2000);
      await ledger.heartbeat('w2', { ttlMs: TTL_MS });
    }
    await redis.passTime(ledger, 8000);
    expect(await ledger.lostWorkers()).toHaveLength(3);
    await ledger.heartbeat('w2', { ttlMs: TTL_MS });
    expect(await ledger.lostWorkers()).toEqual(['w0']);
    const leftMs = await redis.leaseLeftMs(ledger, 'w1');
    expect(leftMs).toBeGreaterThan(1000);
    expect(leftMs).toBeLessThanOrEqual(2000);
  });

  test('a dead worker is lost however late the heartbeats of the only other come', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('dead', { ttlMs: TTL_MS });
    // Each heartbeat is half an interval late, at a lease of two intervals.
    for (let silentMs = 0; silentMs < TTL_MS; silentMs += 2900) {
      await ledger.heartbeat('w1', { ttlMs: TTL_MS });
      await redis.passTime(ledger, 2900);
    }
    expect(await ledger.lostWorkers()).toEqual(['dead']);
  });

  test('a worker that joins with a lease of another length moves no other lease', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('dead', { ttlMs: TTL_MS });
    await ledger.heartbeat('w1', { ttlMs: 100 * TTL_MS });
    await redis.passTime(ledger, TTL_MS - 500);
    await ledger.heartbeat('w1', { ttlMs: 100 * TTL_MS });
    await redis.passTime(ledger, 600);
    await ledger.heartbeat('w2', { ttlMs: TTL_MS });
    expect(await ledger.lostWorkers()).toEqual(['dead']);
  });

  test('a clock of Redis that is set back keeps no dead worker alive, and one set forward makes none lost', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('dead', { ttlMs: TTL_MS });
    await redis.passTime(ledger, TTL_MS - 1000);
    await ledger.heartbeat('w1', { ttlMs: 3 * TTL_MS });
    await redis.passTime(ledger, -3_600_000);
    await ledger.heartbeat('w1', { ttlMs: TTL_MS });
    const leftMs = await redis.leaseLeftMs(ledger, 'dead');
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(1000);
    await redis.passTime(ledger, 3_600_000);
    await ledger.heartbeat('w1', { ttlMs: TTL_MS });
    expect(await ledger.lostWorkers()).toEqual([]);
    await redis.passTime(ledger, 1100);
    expect(await ledger.lostWorkers()).toEqual(['dead']);
  });

  test('a worker that retired with calls stays lost although every lease has run out', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1', 'w1');
    await ledger.retire('w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    expect(await ledger.lostWorkers()).toEqual(['w1']);
  });

  test('a late heartbeat keeps calls that no worker has taken over yet', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1', 'w1');
    await redis.loseWorker(ledger, 'w1');
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toMatchObject({ wasRegistered: true });
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

/** A recording that runs. */
const RECORDING: RecordingReport = {
  ...{ name: 'call', path: '/recordings/job-1-call.wav', workerId: 'w1' },
  ...{ durationMs: null, isComplete: false, error: null },
};

/** An agent's leg that rings. */
const LEG: LegSoFar = {
  ...{ callId: 'c2', callTo: 'sip:agent@lab', callFrom: null, trunk: null, error: null },
  ...{ state: 'IDLE', cause: 'NORMAL', endedBy: 'CALL' },
  rawCause: { sipStatus: null, sipReason: null, q850: null },
  timings: { callingAt: 1_700_000_000_000 },
};

describe('takeover', () => {
  test('the taker gets each call with its legs, facts and recordings, under a token of its own', async () => {
    const ledger = redis.newLedger();
    const old = await claimed(ledger, 'job-1', 'w1');
    await ledger.record('job-1', old, {
      phase: 'ringing',
      legs: [{ stackTxnId: 't1', drachtio: 'd1' }],
      facts: { rang: true },
      recordings: [RECORDING],
      legReports: [LEG],
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
      legs: [{ stackTxnId: 't1', drachtio: 'd1' }],
      facts: { rang: true },
      recordings: [RECORDING],
      legReports: [LEG],
    });
    expect(entry?.token).not.toBe(old);
    expect(await ledger.lostWorkers()).toEqual([]);
    expect(await ledger.callsOf('w2')).toEqual(['job-1']);
    expect(await ledger.get('job-1')).toEqual(entry);
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

  test('what is broken among a lost worker’s calls keeps none of the others from being taken', async () => {
    const unreadable: string[] = [];
    const ledger = redis.newLedger({ onUnreadable: ({ jobId }) => unreadable.push(jobId) });
    const entryKey = (jobId: string) => `${ledger.prefix}:ledger:call:${jobId}`;
    const ids = Array.from({ length: 150 }, (_, i) => `job-${i}`);
    for (const id of ids) await claimed(ledger, id, 'w1');
    await redis.redis.set(entryKey('job-7'), 'nonsense');
    await redis.redis.hset(entryKey('job-8'), 'facts', '{"rang":');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    const taken = await ledger.takeOver('w1', 'w2');
    // A step that left something broken behind may have been the last for now; lost workers are looked for again.
    taken.push(...(await ledger.takeOver('w1', 'w2')));
    expect(taken.map(({ jobId }) => jobId).sort()).toEqual(
      ids.filter((id) => id !== 'job-7' && id !== 'job-8').sort(),
    );
    expect(unreadable).toEqual(['job-8']);
    expect(await ledger.callsOf('w1')).toEqual([]);
    expect((await ledger.callsOf('w2')).length).toBe(149);
    expect(await ledger.lostWorkers()).toEqual([]);
  });

  test('a takeover that Redis refuses midway leaves no call on no list', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1', 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    await redis.limitMemory('1');
    try {
      await expect(ledger.takeOver('w1', 'w2')).rejects.toThrow(/OOM/);
    } finally {
      await redis.limitMemory('0');
    }
    expect(await ledger.callsOf('w1')).toEqual(['job-1']);
    expect(await ledger.takeOver('w1', 'w2')).toMatchObject([{ jobId: 'job-1' }]);
  });

  test('a worker that was only frozen finds every step refused, and learns it from its heartbeat', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1', 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    const [taken] = await ledger.takeOver('w1', 'w2');
    expect(await ledger.heartbeat('w1', { ttlMs: LONG_MS })).toMatchObject({ wasRegistered: false });
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

test('a call that its taker cannot release waits for another, as one of a lost worker', async () => {
  const ledger = redis.newLedger();
  const ownToken = await claimed(ledger, 'job-1', 'w1');
  await ledger.settle('job-1', ownToken, resultOf('job-1', { cause: 'TIMEOUT' }));
  await redis.loseWorker(ledger, 'w1');
  for (const worker of ['w2', 'w3']) await ledger.heartbeat(worker, { ttlMs: LONG_MS });
  const [taken] = await ledger.takeOver('w1', 'w2');
  const token = taken?.token ?? '';
  expect(await ledger.leave('job-1', ownToken, 'leg@elsewhere')).toBe('lost');
  expect(await ledger.leave('job-1', token, 'leg@elsewhere')).toBe('left');
  expect(await ledger.leave('job-1', token, 'leg@elsewhere')).toBe('left');
  expect(await ledger.callsOf('w2')).toEqual([]);
  expect(await ledger.lostWorkers()).toEqual(['leg@elsewhere']);
  const [again] = await ledger.takeOver('leg@elsewhere', 'w3');
  expect(again).toMatchObject({ jobId: 'job-1', workerId: 'w3', result: { cause: 'TIMEOUT' } });
  expect(await ledger.lostWorkers()).toEqual([]);
  expect(await ledger.release('job-1', again?.token ?? '')).toBe('released');
  expect(await ledger.leave('job-1', again?.token ?? '', 'leg@elsewhere')).toBe('lost');
});

import { Lanes, RedisAccess } from '@outdial/queue';
import { describe, expect, test } from 'vitest';
import { claimed, endedOf, jobOf, LONG_MS, resultOf, ringingOf, useRedis } from './support.js';

const redis = useRedis();

describe('claim', () => {
  test('a live worker gets a free job, and the entry says who holds it and where', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    const job = jobOf('job-1');
    const answer = await ledger.claim({ jobId: 'job-1', workerId: 'w1', job, legs: [{ callId: 'c1' }] });
    expect(answer).toEqual({ kind: 'claimed', token: expect.any(String) });
    expect(await ledger.get('job-1')).toMatchObject({
      phase: 'calling',
      workerId: 'w1',
      job,
      legs: [{ callId: 'c1' }],
      result: null,
      isReleased: false,
      claimedAt: expect.any(Number),
    });
  });

  test('a worker without a heartbeat, or with an old one, gets nothing', async () => {
    const ledger = redis.newLedger();
    const request = { jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') };
    expect(await ledger.claim(request)).toEqual({ kind: 'workerLost' });
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    await redis.loseWorker(ledger, 'w1');
    expect(await ledger.claim(request)).toEqual({ kind: 'workerLost' });
    expect(await ledger.get('job-1')).toBeNull();
  });

  test('a held job is refused, even to its holder, and the answer says whether the holder lives', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1', 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    const asked = (workerId: string) => ledger.claim({ jobId: 'job-1', workerId, job: jobOf('job-1') });
    expect(await asked('w2')).toEqual({ kind: 'held', workerId: 'w1', isAlive: true });
    expect(await asked('w1')).toEqual({ kind: 'held', workerId: 'w1', isAlive: true });
    await redis.loseWorker(ledger, 'w1');
    expect(await asked('w2')).toEqual({ kind: 'held', workerId: 'w1', isAlive: false });
  });

  test('a lane that has a rate limit, is paused, or may have no call gives a claim only after its turn', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    const lanes = new Lanes(new RedisAccess({ redis: redis.redis, prefix: ledger.prefix }));
    const request = { jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') };
    const claim = (more: { lane?: string } = {}) => ledger.claim({ ...request, ...more });
    await lanes.setLimits('slow', { callsPerSecond: 0.001 });
    await lanes.pause('paused');
    await lanes.setLimits('closed', { concurrency: 0 });
    for (const lane of ['slow', 'paused', 'closed']) {
      expect(await claim({ lane })).toEqual({ kind: 'turnNeeded' });
      expect(await ledger.get('job-1')).toBeNull();
    }
    await lanes.setLimits('slow', { callsPerSecond: null });
    await lanes.resume('paused');
    await lanes.setLimits('closed', { concurrency: 1 });
    const claimedOf = async (lane: string) => {
      const answer = await claim({ lane });
      if (answer.kind === 'claimed') await ledger.unclaim('job-1', answer.token);
      return answer.kind;
    };
    for (const lane of ['slow', 'paused', 'closed', 'free']) expect(await claimedOf(lane)).toBe('claimed');
    await lanes.pause('paused');
    // Its turn has come before.
    expect(await claim()).toMatchObject({ kind: 'claimed' });
    await lanes.close();
  });

  test('a repeat with the same token is the same claim', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    const again = await ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1'), token });
    expect(again).toEqual({ kind: 'claimed', token });
  });

  test('a settled job answers its result, and whether that is published', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    const result = resultOf('job-1', { cause: 'BUSY' });
    await ledger.settle('job-1', token, result);
    const ask = () => ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') });
    expect(await ask()).toEqual({ kind: 'settled', result, isPublished: false });
    await ledger.markPublished([{ kind: 'result', jobId: 'job-1' }]);
    expect(await ask()).toEqual({ kind: 'settled', result, isPublished: true });
  });

  test('of a hundred workers that claim one job at once, exactly one gets it', async () => {
    const ledger = redis.newLedger();
    const workers = Array.from({ length: 100 }, (_, i) => `w${i}`);
    await Promise.all(workers.map((workerId) => ledger.heartbeat(workerId, { ttlMs: LONG_MS })));
    const answers = await Promise.all(
      workers.map((workerId) => ledger.claim({ jobId: 'job-1', workerId, job: jobOf('job-1') })),
    );
    expect(answers.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(answers.filter(({ kind }) => kind === 'held')).toHaveLength(99);
  });
});

describe('unclaim', () => {
  test('a job that was given back leaves no trace and may be claimed again', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    expect(await ledger.unclaim('job-1', token)).toBe('unclaimed');
    expect(await ledger.get('job-1')).toBeNull();
    expect(await ledger.callsOf('w1')).toEqual([]);
    await claimed(ledger, 'job-1', 'w2');
  });

  test('it is refused with another token, and once the job has its outcome', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    expect(await ledger.unclaim('job-1', 'stolen')).toBe('lost');
    await ledger.settle('job-1', token, resultOf('job-1'));
    expect(await ledger.unclaim('job-1', token)).toBe('settled');
    expect(await ledger.unclaim('job-2', token)).toBe('lost');
  });

  test('a cancel that came during the claim outlives it: the job is never dialled', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.requestCancel('job-1', resultOf('job-1'));
    expect(await ledger.unclaim('job-1', token)).toBe('cancelled');
    expect(await ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') })).toEqual({
      kind: 'cancelled',
    });
    expect(await ledger.settle('job-1', null, resultOf('job-1'))).toEqual({ kind: 'settled' });
    expect((await ledger.heartbeat('w1', { ttlMs: LONG_MS })).cancels).toEqual([]);
  });
});

describe('claimLeg', () => {
  const legs = [{ callId: 'c1' }, { callId: 'c2', drachtio: 'd1' }];

  test('the holder of a call gets a further leg of it, once or again, and it is on record', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    expect(await ledger.claimLeg('job-1', token, legs)).toBe('claimed');
    expect(await ledger.claimLeg('job-1', token, legs, [])).toBe('claimed');
    expect(await ledger.get('job-1')).toMatchObject({ phase: 'calling', legs, legReports: [] });
    await ledger.settle('job-1', token, resultOf('job-1', { state: 'ANSWERED' }));
    expect(await ledger.claimLeg('job-1', token, legs)).toBe('claimed');
  });

  test('nobody else does, and nobody for a call that is over, is to be cancelled, or whose worker may be taken for lost', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    expect(await ledger.claimLeg('job-1', 'stolen', legs)).toBe('lost');
    expect(await ledger.claimLeg('job-2', token, legs)).toBe('lost');
    await redis.loseWorker(ledger, 'w1');
    expect(await ledger.claimLeg('job-1', token, legs)).toBe('workerLost');
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    await ledger.requestCancel('job-1', resultOf('job-1'));
    expect(await ledger.claimLeg('job-1', token, legs)).toBe('over');
    const another = await claimed(ledger, 'job-3');
    await ledger.settle('job-3', another, resultOf('job-3', { state: 'ANSWERED' }));
    await ledger.end('job-3', another, endedOf('job-3'), { isOver: false });
    expect(await ledger.claimLeg('job-3', another, legs)).toBe('over');
    await ledger.release('job-3', another);
    expect(await ledger.claimLeg('job-3', another, legs)).toBe('lost');
    expect(await ledger.get('job-1')).toMatchObject({ legs: [] });
  });

  test('a call of a worker of an earlier version, which knew one leg, is read with it', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1');
    const flat = { callId: 'c1', drachtio: 'd1' };
    await redis.redis.hset(`${ledger.prefix}:ledger:call:job-1`, 'whereabouts', JSON.stringify(flat));
    expect(await ledger.get('job-1')).toMatchObject({ legs: [flat] });
  });
});

describe('record', () => {
  test('it keeps legs and facts, moves the phase and puts the events on the stream', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    const answer = await ledger.record('job-1', token, {
      phase: 'ringing',
      legs: [{ callId: 'c1', stackTxnId: 't1' }],
      facts: { rang: true, timings: { ringingAt: 5 } },
      events: [ringingOf('job-1'), ringingOf('job-1')],
    });
    expect(answer).toBe('recorded');
    expect(await ledger.get('job-1')).toMatchObject({
      phase: 'ringing',
      legs: [{ callId: 'c1', stackTxnId: 't1' }],
      facts: { rang: true, timings: { ringingAt: 5 } },
    });
    expect(await redis.events(ledger)).toEqual([ringingOf('job-1'), ringingOf('job-1')]);
  });

  test('without the claim nothing is written, not even an event', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1');
    const before = await ledger.get('job-1');
    const update = { phase: 'answered', facts: { rang: true }, events: [ringingOf('job-1')] } as const;
    expect(await ledger.record('job-1', 'stolen', update)).toBe('lost');
    expect(await ledger.record('job-2', 'stolen', update)).toBe('lost');
    expect(await ledger.get('job-1')).toEqual(before);
    expect(await redis.events(ledger)).toEqual([]);
  });

  test('after the outcome the legs may still change, the phase may not', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { cause: 'TIMEOUT' }));
    const update = { phase: 'answered', legs: [{ stackDialogId: 'late' }] } as const;
    expect(await ledger.record('job-1', token, update)).toBe('recorded');
    expect(await ledger.get('job-1')).toMatchObject({
      phase: 'ended',
      legs: [{ stackDialogId: 'late' }],
    });
    await ledger.release('job-1', token);
    expect(await ledger.record('job-1', token, update)).toBe('lost');
  });

  test('the stream is capped', async () => {
    const ledger = redis.newLedger({ eventsMaxLength: 100 });
    const token = await claimed(ledger, 'job-1');
    for (let i = 0; i < 20; i++) {
      await ledger.record('job-1', token, { events: Array.from({ length: 50 }, () => ringingOf('job-1')) });
    }
    // Redis trims whole nodes of a hundred entries.
    expect(await redis.redis.xlen(`${ledger.prefix}:events`)).toBeLessThanOrEqual(200);
  });
});

describe('settle', () => {
  test('the first outcome wins and waits in the outbox', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    const result = resultOf('job-1', { cause: 'BUSY' });
    expect(await ledger.settle('job-1', token, result, { events: [ringingOf('job-1')] })).toEqual({
      kind: 'settled',
    });
    expect(await ledger.settle('job-1', token, resultOf('job-1'), { events: [ringingOf('job-1')] })).toEqual({
      kind: 'already',
      result,
    });
    expect(await ledger.settle('job-1', null, resultOf('job-1'))).toEqual({ kind: 'already', result });
    expect(await ledger.unpublished()).toEqual([{ kind: 'result', jobId: 'job-1', record: result }]);
    expect(await redis.events(ledger)).toHaveLength(1);
  });

  test('without the claim nothing is settled', async () => {
    const ledger = redis.newLedger();
    await claimed(ledger, 'job-1');
    expect(await ledger.settle('job-1', 'stolen', resultOf('job-1'))).toEqual({ kind: 'lost' });
    expect(await ledger.settle('job-2', 'stolen', resultOf('job-2'))).toEqual({ kind: 'lost' });
    expect(await ledger.settle('job-1', null, resultOf('job-1'))).toEqual({ kind: 'held', workerId: 'w1' });
    expect(await ledger.unpublished()).toEqual([]);
  });

  test('a job that is not claimed is settled with a null token, and never dialled afterwards', async () => {
    const ledger = redis.newLedger();
    const result = resultOf('job-1', { state: 'ERROR', cause: 'ERROR' });
    expect(await ledger.settle('job-1', null, result)).toEqual({ kind: 'settled' });
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    expect(await ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') })).toMatchObject({
      kind: 'settled',
    });
    expect(await ledger.get('job-1')).toMatchObject({ phase: 'ended', isReleased: true, result });
  });

  test('a call that is over leaves its worker in the same step', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { cause: 'BUSY' }), { isOver: true });
    expect(await ledger.callsOf('w1')).toEqual([]);
    expect(await ledger.get('job-1')).toMatchObject({ isReleased: true, job: null, legs: [] });
  });

  test('a repeat after a lost answer still lets go of the call', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1'));
    await ledger.settle('job-1', token, resultOf('job-1'), { isOver: true });
    expect(await ledger.callsOf('w1')).toEqual([]);
  });
});

describe('end and release', () => {
  test('an answered call stays with its worker until its ended record is in', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { state: 'ANSWERED' }), { isOver: true });
    expect(await ledger.release('job-1', token)).toBe('unfinished');
    expect(await ledger.callsOf('w1')).toEqual(['job-1']);
    expect(await ledger.get('job-1')).toMatchObject({ phase: 'answered', token });
    const ended = endedOf('job-1');
    expect(await ledger.end('job-1', token, ended)).toEqual({ kind: 'ended' });
    expect(await ledger.end('job-1', token, endedOf('job-1', { q850: 16 }))).toEqual({
      kind: 'already',
      ended,
    });
    expect(await ledger.callsOf('w1')).toEqual([]);
    expect(await ledger.unpublished()).toMatchObject([
      { kind: 'result', jobId: 'job-1' },
      { kind: 'ended', jobId: 'job-1', record: ended },
    ]);
    expect(await ledger.get('job-1')).toMatchObject({ phase: 'ended', isReleased: true, ended });
  });

  test('a call that has ended and may still be up stays with its worker, or its taker, until it is released', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    const ended = endedOf('job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { state: 'ANSWERED' }));
    await ledger.markPublished([{ kind: 'result', jobId: 'job-1' }]);
    expect(await ledger.end('job-1', token, ended, { isOver: false })).toEqual({ kind: 'ended' });
    expect(await ledger.get('job-1')).toMatchObject({ phase: 'ended', isReleased: false, ended });
    await ledger.markPublished([{ kind: 'ended', jobId: 'job-1' }]);
    await redis.loseWorker(ledger, 'w1');
    await ledger.heartbeat('w2', { ttlMs: LONG_MS });
    const [taken] = await ledger.takeOver('w1', 'w2');
    expect(taken).toMatchObject({ jobId: 'job-1', ended, job: { id: 'job-1' } });
    expect(await ledger.release('job-1', token)).toBe('lost');
    expect(await ledger.end('job-1', taken?.token ?? '', endedOf('job-1', { q850: 16 }))).toEqual({
      kind: 'already',
      ended,
    });
    expect(await ledger.callsOf('w2')).toEqual([]);
    expect(await ledger.get('job-1')).toMatchObject({ isReleased: true, job: null, legs: [] });
    const ttlMs = await redis.redis.pttl(`${ledger.prefix}:ledger:call:job-1`);
    expect(ttlMs).toBeGreaterThan(0);
  });

  test('a call that has ended is released apart from that too', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { state: 'ANSWERED' }));
    await ledger.end('job-1', token, endedOf('job-1'), { isOver: false });
    expect(await ledger.callsOf('w1')).toEqual(['job-1']);
    expect(await ledger.release('job-1', token)).toBe('released');
    expect(await ledger.callsOf('w1')).toEqual([]);
  });

  test('neither takes a call that has no outcome, or is another worker’s', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    expect(await ledger.end('job-1', token, endedOf('job-1'))).toEqual({ kind: 'unsettled' });
    expect(await ledger.release('job-1', token)).toBe('unfinished');
    expect(await ledger.end('job-1', 'stolen', endedOf('job-1'))).toEqual({ kind: 'lost' });
    expect(await ledger.release('job-1', 'stolen')).toBe('lost');
    expect(await ledger.callsOf('w1')).toHaveLength(1);
  });

  test('a call that was never answered is released, once or twice', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { cause: 'TIMEOUT' }));
    expect(await ledger.release('job-1', token)).toBe('released');
    expect(await ledger.release('job-1', token)).toBe('released');
    expect(await ledger.end('job-1', token, endedOf('job-1'))).toEqual({ kind: 'lost' });
    expect(await ledger.callsOf('w1')).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { ledgerKeys, UnreadableEntryError } from '../src/index.js';
import { claimed, endedOf, jobOf, LONG_MS, resultOf, ringingOf, useRedis } from './support.js';

const redis = useRedis();

describe('claim', () => {
  test('a live worker gets a free job, and the entry says who holds it and where', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    const job = jobOf('job-1');
    const answer = await ledger.claim({ jobId: 'job-1', workerId: 'w1', job, whereabouts: { callId: 'c1' } });
    expect(answer).toEqual({ kind: 'claimed', token: expect.any(String) });
    expect(await ledger.get('job-1')).toMatchObject({
      phase: 'calling',
      workerId: 'w1',
      job,
      whereabouts: { callId: 'c1' },
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

describe('record', () => {
  test('it keeps whereabouts and facts, moves the phase and puts the events on the stream', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    const answer = await ledger.record('job-1', token, {
      phase: 'ringing',
      whereabouts: { callId: 'c1', stackTxnId: 't1' },
      facts: { rang: true, timings: { ringingAt: 5 } },
      events: [ringingOf('job-1'), ringingOf('job-1')],
    });
    expect(answer).toBe('recorded');
    expect(await ledger.get('job-1')).toMatchObject({
      phase: 'ringing',
      whereabouts: { callId: 'c1', stackTxnId: 't1' },
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

  test('after the outcome the whereabouts may still change, the phase may not', async () => {
    const ledger = redis.newLedger();
    const token = await claimed(ledger, 'job-1');
    await ledger.settle('job-1', token, resultOf('job-1', { cause: 'TIMEOUT' }));
    const update = { phase: 'answered', whereabouts: { stackDialogId: 'late' } } as const;
    expect(await ledger.record('job-1', token, update)).toBe('recorded');
    expect(await ledger.get('job-1')).toMatchObject({
      phase: 'ended',
      whereabouts: { stackDialogId: 'late' },
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

  test('a job that nobody claimed is settled with a null token, and never dialled after', async () => {
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
    expect(await ledger.get('job-1')).toMatchObject({ isReleased: true, job: null, whereabouts: {} });
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
    expect(await ledger.get('job-1')).toMatchObject({ isReleased: true, job: null, whereabouts: {} });
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

  test('neither takes a call that has no outcome, or is somebody else’s', async () => {
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

describe('hostile values', () => {
  test('JSON comes back byte for byte: empty arrays and objects, large numbers, any character', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    const metadata = {
      emptyArray: [],
      emptyObject: {},
      nested: [[], {}, [{}]],
      large: Number.MAX_SAFE_INTEGER,
      tiny: 1e-300,
      text: '\u0000\u0001\r\n"\\ \u2028 \ud83d\udcde {outdial}:calls',
    };
    const job = jobOf('job-1', { metadata });
    const claim = await ledger.claim({ jobId: 'job-1', workerId: 'w1', job });
    expect((await ledger.get('job-1'))?.job).toEqual(job);
    const result = resultOf('job-1', { metadata });
    await ledger.settle('job-1', claim.kind === 'claimed' ? claim.token : '', result);
    expect((await ledger.unpublished())[0]?.record).toEqual(result);
  });

  test('ids with colons, line breaks and braces, and records of a megabyte, do no harm', async () => {
    const ledger = redis.newLedger();
    const metadata = { blob: 'x'.repeat(1 << 20) };
    const ids = ['1', 'a:b', 'result:x', 'line\nbreak', '{other}', "'; return 1 --", '☎', 'x'.repeat(10_000)];
    for (const id of ids) {
      expect(await ledger.settle(id, null, resultOf('job-1', { jobId: id, metadata }))).toEqual({
        kind: 'settled',
      });
    }
    const items = await ledger.unpublished();
    expect(items.map(({ jobId }) => jobId).sort()).toEqual([...ids].sort());
    expect(items.every(({ jobId, record }) => record?.jobId === jobId)).toBe(true);
    await ledger.markPublished(items);
    expect(await ledger.unpublished()).toEqual([]);
  });
});

describe('an entry that somebody else wrote into', () => {
  test('is told apart from a Redis that fails: no repeat mends it', async () => {
    const ledger = redis.newLedger();
    const entryKey = ledgerKeys(ledger.prefix).call('job-1');
    const ask = () => [
      ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') }),
      ledger.get('job-1'),
      ledger.settle('job-1', null, resultOf('job-1')),
    ];
    await redis.redis.set(entryKey, 'nonsense');
    for (const answer of ask()) await expect(answer).rejects.toBeInstanceOf(UnreadableEntryError);
    await redis.redis.del(entryKey);
    await redis.redis.hset(entryKey, 'result', 'nonsense');
    for (const answer of ask()) await expect(answer).rejects.toMatchObject({ jobId: 'job-1' });
  });
});

describe('a Redis that cannot write', () => {
  test('refuses the claim of a worker when its memory is full', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    await redis.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') })).rejects.toThrow(
        /OOM/,
      );
    } finally {
      await redis.redis.config('SET', 'maxmemory', '0');
    }
    expect(await ledger.get('job-1')).toBeNull();
    expect(await ledger.callsOf('w1')).toEqual([]);
  });
});

import { draftResult } from '@outdial/ledger';
import { startRedis } from '@outdial/testkit';
import { Worker } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually, jobInput, playWorker, useRedis } from '../support.js';
import { Bench, jobOf, WORKER } from './broken.js';

const redis = useRedis();
let bench: Bench;
beforeEach(() => {
  bench = new Bench(redis.app(), redis.redis);
});

/** Takes a job from its lane and holds it, as a worker that prepares its call. */
async function take(id: string): Promise<{ die(): Promise<void> }> {
  const connection = new Redis(redis.server.url, { maxRetriesPerRequest: null });
  const worker = new Worker('calls-default', null, { connection, prefix: bench.app.prefix });
  // A job that is asked for by hand has a lock that nobody renews.
  const job = await worker.getNextJob('token', { block: false });
  expect(job?.id).toBe(id);
  await worker.close(true);
  connection.disconnect();
  return { die: async () => void (await bench.redis.del(bench.lane(`${id}:lock`))) };
}

describe('an audit of calls in every phase', () => {
  it('finds nothing, and counts what it compared', async () => {
    const { app } = bench;
    await app.queue.addBulk([
      ...['busy', 'answers', 'rings', 'hangs-up'].map((callee) => ({
        id: `job-${callee}`,
        callTo: `sip:${callee}@lab`,
      })),
      jobInput('cancelled'),
    ]);
    await app.queue.cancel('cancelled');
    const worker = await playWorker(app, redis.server);
    try {
      await eventually(async () => (await app.queue.get('job-answers'))?.phase).toBe('answered');
      await eventually(async () => (await app.queue.get('job-rings'))?.phase).toBe('ringing');
      await eventually(async () => (await app.queue.get('job-hangs-up'))?.ended !== null).toBe(true);
      await eventually(async () => (await app.queue.get('job-busy'))?.result?.cause).toBe('BUSY');
      const results = app.results();
      const seen = new Set<string>();
      results.consume(({ jobId }) => {
        seen.add(jobId);
        if (jobId === 'job-busy') throw new Error('later');
      });
      await eventually(() => seen).toEqual(new Set(['cancelled', 'job-answers', 'job-busy', 'job-hangs-up']));
      await results.close();
      const report = await bench.audit();
      expect(report).toMatchObject({ ok: true, findings: [], counts: {}, suspects: 0 });
      expect(report.compared).toMatchObject({ lanes: 1, jobs: 4, entries: 5, results: 4, endedRecords: 1 });
      expect(report.compared.events).toBeGreaterThan(5);
    } finally {
      await worker.close();
    }
  });

  it('finds nothing where there is nothing', async () => {
    expect(await bench.audit()).toMatchObject({
      ok: true,
      compared: { lanes: 1, jobs: 0, entries: 0, results: 0, endedRecords: 0, events: 0 },
    });
  });

  it('finds nothing wrong with jobs that wait, are delayed or expired, nor with garbage that waits', async () => {
    await bench.app.queue.addBulk([jobInput('one'), jobInput('two'), { ...jobInput('old'), expiresAt: 1 }]);
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
    await bench.app.ledger.settle('one', token, draftResult(jobOf('one'), WORKER), { isOver: true });
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
      await bench.app.queue.add({ ...jobInput(lane), lane });
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
    const offset = async () => /master_repl_offset:(\d+)/.exec(await bench.redis.info('replication'))?.[1];
    const dirty = async () =>
      /rdb_changes_since_last_save:(\d+)/.exec(await bench.redis.info('persistence'))?.[1];
    const before = [await offset(), await dirty()];
    expect((await bench.audit()).ok).toBe(false);
    expect([await offset(), await dirty()]).toEqual(before);
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

describe('an audit of jobs in their lanes', () => {
  it('finds a job that is in none of the lists of its lane', async () => {
    await bench.app.queue.addBulk([jobInput('one'), jobInput('two')]);
    await bench.ageJob('one', 'timestamp');
    await bench.redis.lrem(bench.lane('wait'), 1, 'one');
    expect(await bench.findings()).toEqual({ one: ['JOB_LOST'] });
  });

  it('finds a job that was taken by a worker that died, and that nobody takes again', async () => {
    await bench.startWorker();
    await bench.app.queue.add(jobInput('one'));
    const { die } = await take('one');
    await bench.ageJob('one', 'timestamp', 'processedOn');
    await die();
    expect(await bench.findings()).toEqual({ one: ['JOB_STUCK'] });
    // Without any worker it waits, as all jobs do.
    await bench.loseWorker();
    expect(await bench.findings()).toEqual({});
  });

  it('finds a job that a worker holds for longer than it may wait for its servers', async () => {
    await bench.startWorker();
    await bench.app.queue.add(jobInput('one'));
    await take('one');
    expect(await bench.findings()).toEqual({});
    await bench.ageJob('one', 'processedOn');
    expect(await bench.findings()).toEqual({});
    await bench.redis.hset(bench.lane('one'), 'processedOn', Date.now() - 2 * 3600 * 1000);
    expect(await bench.findings()).toEqual({ one: ['JOB_STUCK'] });
    await bench.claim('one');
    expect(await bench.findings()).toEqual({});
  });

  it('finds an id that was taken and has no job', async () => {
    await bench.startWorker();
    await bench.redis.lpush(bench.lane('active'), 'one');
    expect(await bench.findings()).toEqual({ one: ['JOB_STUCK'] });
  });

  it.each([
    ['failed', 'JOB_FAILED'],
    ['completed', 'RESULT_MISSING'],
  ])('finds a job that is %s without a result', async (state, code) => {
    await bench.app.queue.addBulk([jobInput('claimed'), jobInput('unknown'), jobInput('settled')]);
    await bench.claim('claimed');
    await bench.finish('settled');
    const longAgo = Date.now() - 60_000;
    for (const id of ['claimed', 'unknown', 'settled']) {
      await bench.redis.lrem(bench.lane('wait'), 1, id);
      await bench.redis.zadd(bench.lane(state), longAgo, id);
    }
    expect(await bench.findings()).toEqual({ claimed: [code], unknown: [code] });
  });

  it('knows the jobs that BullMQ numbered by the id that the ledger gives them', async () => {
    await bench.redis.hset(bench.lane('7'), 'name', 'call', 'data', '{}', 'timestamp', Date.now());
    await bench.redis.zadd(bench.lane('completed'), Date.now() - 60_000, '7');
    expect(await bench.findings()).toEqual({ 'unnamed-default-7': ['RESULT_MISSING'] });
    await bench.finish('unnamed-default-7');
    expect(await bench.findings()).toEqual({});
  });

  it('finds a cancelled job that no lane has any more, without a result', async () => {
    await bench.app.queue.add(jobInput('one'));
    const token = await bench.claim('one');
    await bench.app.queue.cancel('one');
    await bench.app.ledger.unclaim('one', token);
    await bench.age('one', 'cancelRequestedAt');
    expect(await bench.findings()).toEqual({});
    await bench.app.queue.close();
    await bench.redis.del(bench.lane('one'), bench.lane('wait'));
    expect(await bench.findings()).toEqual({ one: ['RESULT_MISSING'] });
  });
});

describe('an audit of calls that are up', () => {
  it('finds a call whose worker is gone and that nobody took over', async () => {
    await bench.startWorker('w2');
    await bench.claim('rings');
    await bench.answer('up');
    await bench.loseWorker();
    const { findings } = await bench.audit();
    expect(findings.map(({ jobId, code, promise }) => [jobId, code, promise])).toEqual([
      ['rings', 'CALL_ABANDONED', 3],
      ['up', 'CALL_ABANDONED', 3],
    ]);
    expect(findings[0]?.seen).toBe(
      'the call is calling; its worker w1 has been gone for 5 min, and nobody has taken the call over',
    );
    for (const entry of await bench.app.ledger.takeOver(WORKER, 'w2')) expect(entry.workerId).toBe('w2');
    expect(await bench.findings()).toEqual({});
  });

  it('says when there is no worker that could take a call over', async () => {
    await bench.claim('one');
    await bench.loseWorker();
    const [finding] = (await bench.audit()).findings;
    expect(finding?.seen).toContain('and no worker is alive to take the call over');
  });

  it('grants a takeover 10 s', async () => {
    await bench.claim('one');
    await bench.redis.zadd(bench.keys.workers, Date.now() - 3000, WORKER);
    expect(await bench.findings()).toEqual({});
  });

  it('finds a call that is not on the list of its worker', async () => {
    await bench.claim('one');
    await bench.redis.srem(bench.keys.workerCalls(WORKER), 'one');
    expect(await bench.findings()).toEqual({ one: ['CALL_UNLISTED'] });
  });

  it('finds an entry that is gone while a worker has its call', async () => {
    await bench.claim('one');
    await bench.redis.del(bench.keys.call('one'));
    expect(await bench.findings()).toEqual({ one: ['ENTRY_MISSING'] });
  });

  it('finds calls that go on for longer than their jobs allow', async () => {
    await bench.claim('rings', { secondsTimeout: 30 });
    await bench.claim('may-ring-on', { secondsTimeout: null });
    await bench.claim('cancelled', { secondsTimeout: null });
    await bench.answer('answered', { maxDurationSeconds: 60 });
    await bench.answer('may-stay-up');
    await bench.age('rings', 'claimedAt');
    await bench.age('may-ring-on', 'claimedAt');
    await bench.app.queue.cancel('cancelled');
    await bench.age('cancelled', 'claimedAt', 'cancelRequestedAt');
    const result = { ...(await bench.app.ledger.get('answered'))?.result };
    const answeredAt = Date.now() - 300_000;
    const old = JSON.stringify({ ...result, timings: { answeredAt } });
    await bench.redis.hset(bench.keys.call('answered'), 'result', old);
    await bench.redis.hset(bench.results(bench.outcome('answered')), 'data', old);
    const { findings } = await bench.audit();
    expect(findings.map(({ jobId, code, seen }) => [jobId, code, seen])).toEqual([
      [
        'answered',
        'CALL_OVERDUE',
        'the call is answered at worker w1: its maxDurationSeconds of 60 s were over, 3 min ago',
      ],
      ['cancelled', 'CALL_OVERDUE', 'the call is calling at worker w1: its cancel was asked for, 5 min ago'],
      [
        'rings',
        'CALL_OVERDUE',
        'the call is calling at worker w1: its secondsTimeout of 30 s was over, 4 min ago',
      ],
    ]);
  });

  it('finds a call that was to be released after its result', async () => {
    const token = await bench.claim('one');
    const result = draftResult(jobOf('one'), WORKER);
    await bench.app.ledger.settle('one', token, result);
    await bench.app.outbox.publishResult(result);
    expect(await bench.findings()).toEqual({});
    await bench.age('one', 'settledAt');
    expect(await bench.findings()).toEqual({ one: ['CALL_OVERDUE'] });
  });

  it('finds a job that was dialled twice', async () => {
    const call = (callId: string, at: number) =>
      JSON.stringify({
        type: 'calling',
        jobId: 'one',
        callId,
        workerId: WORKER,
        at,
        callTo: 'sip:human@lab',
      });
    const add = (event: string) =>
      bench.redis.xadd(`${bench.app.prefix}:events`, '*', 'jobId', 'one', 'event', event);
    await add(call('a', Date.now() - 9000));
    await add(call('a', Date.now() - 8000));
    expect(await bench.findings()).toEqual({});
    await add(call('b', Date.now()));
    const report = await bench.audit();
    expect(report.findings).toMatchObject([
      {
        jobId: 'one',
        code: 'DIALLED_TWICE',
        promise: 1,
        seen: 'it was dialled with Call-ID a, and 8 s later with b',
      },
    ]);
  });
});

describe.each([
  { kind: 'result', code: 'RESULT' },
  { kind: 'ended', code: 'ENDED' },
] as const)('an audit of outcomes of kind $kind', ({ kind, code }) => {
  const queue = (suffix: string) => (kind === 'result' ? bench.results(suffix) : bench.ended(suffix));
  const record = (id: string) => queue(bench.outcome(id));

  /** A call that is over and whose outcome of this kind is in its queue. */
  async function makeOutcome(id: string): Promise<void> {
    if (kind === 'result') return bench.finish(id);
    const end = await bench.answer(id);
    await end();
  }

  it('finds one that was never published, in the outbox or not', async () => {
    await makeOutcome('stuck');
    await makeOutcome('forgotten');
    for (const id of ['stuck', 'forgotten']) {
      await bench.redis.hdel(bench.keys.call(id), `${kind}Published`);
      await bench.redis.del(record(id));
      await bench.redis.lrem(queue('wait'), 1, bench.outcome(id));
      await bench.age(id, 'settledAt');
      const hash = await bench.redis.hget(bench.keys.call(id), 'ended');
      if (hash === null) continue;
      const ended = { ...JSON.parse(hash), timings: { endedAt: Date.now() - 300_000 } };
      await bench.redis.hset(bench.keys.call(id), 'ended', JSON.stringify(ended));
    }
    await bench.redis.zadd(bench.keys.outbox, Date.now() - 300_000, `${kind}:stuck`);
    expect(await bench.findings()).toEqual({
      stuck: [`${code}_UNPUBLISHED`],
      forgotten: [`${code}_UNPUBLISHED`],
    });
    // Any worker's sweep publishes what is in the outbox.
    await bench.app.outbox.sweep();
    expect(await bench.findings()).toEqual({ forgotten: [`${code}_UNPUBLISHED`] });
  });

  it('finds one that is not in its queue although older ones are', async () => {
    await makeOutcome('older');
    await makeOutcome('one');
    await bench.redis.del(record('one'));
    await bench.redis.lrem(queue('wait'), 1, bench.outcome('one'));
    // Consumed and let go of, for all that anybody can tell.
    expect(await bench.findings()).toEqual({});
    await bench.redis.lrem(queue('wait'), 1, bench.outcome('older'));
    await bench.redis.zadd(queue('completed'), Date.now() - 60_000, bench.outcome('older'));
    expect(await bench.findings()).toEqual({ one: [`${code}_LOST`] });
  });

  it('finds one that is in none of the lists of its queue', async () => {
    await makeOutcome('one');
    await bench.redis.lrem(queue('wait'), 1, bench.outcome('one'));
    await bench.ageOutcome(record('one'));
    expect(await bench.findings()).toEqual({ one: [`${code}_LOST`] });
  });

  it('finds one that differs from the ledger’s', async () => {
    await makeOutcome('one');
    const data = JSON.parse((await bench.redis.hget(record('one'), 'data')) ?? '');
    await bench.redis.hset(record('one'), 'data', JSON.stringify({ ...data, cause: data.cause }, null, 1));
    expect(await bench.findings()).toEqual({});
    await bench.redis.hset(record('one'), 'data', JSON.stringify({ ...data, cause: 'BUSY' }));
    expect(await bench.findings()).toEqual({ one: [`${code}_DIFFERS`] });
  });

  it('finds one that the ledger has no record of', async () => {
    await makeOutcome('one');
    await bench.redis.hdel(bench.keys.call('one'), kind, `${kind}Published`);
    const found = (await bench.findings()).one;
    expect(found).toContain(`${code}_DIFFERS`);
  });

  it('finds one that is there twice, under another id or in two places', async () => {
    for (const id of ['other-id', 'twice-waiting', 'done-and-waiting']) await makeOutcome(id);
    const data = (await bench.redis.hget(record('other-id'), 'data')) ?? '';
    await bench.redis.hset(queue('1'), 'name', kind, 'data', data, 'timestamp', Date.now());
    await bench.redis.lpush(queue('wait'), '1', bench.outcome('twice-waiting'));
    await bench.redis.zadd(queue('completed'), Date.now() - 60_000, bench.outcome('done-and-waiting'));
    expect(await bench.findings()).toEqual({
      'other-id': [`${code}_DUPLICATED`],
      'twice-waiting': [`${code}_DUPLICATED`],
      'done-and-waiting': [`${code}_DUPLICATED`],
    });
  });

  it('finds one that its consumers gave up', async () => {
    await makeOutcome('one');
    await bench.redis.lrem(queue('wait'), 1, bench.outcome('one'));
    await bench.redis.zadd(queue('failed'), Date.now(), bench.outcome('one'));
    await bench.redis.hset(record('one'), 'atm', 12);
    const { findings } = await bench.audit();
    expect(findings).toMatchObject([
      { code: `${code}_GIVEN_UP`, seen: expect.stringMatching(/after 12 tries$/) },
    ]);
  });

  it('finds a job whose ledger entry is gone', async () => {
    for (const id of ['one', 'two']) await makeOutcome(id);
    await bench.redis.del(bench.keys.call('two'));
    expect(Object.keys(await bench.findings())).toEqual(['two']);
    expect((await bench.findings()).two?.every((found) => found === 'ENTRY_MISSING')).toBe(true);
  });

  it('does not miss an entry that is past its retention', async () => {
    for (const id of ['one', 'two']) await makeOutcome(id);
    const longAgo = Date.now() - 8 * 24 * 3600 * 1000;
    await bench.redis.del(bench.keys.call('two'));
    await bench.redis.zadd(bench.keys.finished, longAgo, 'two');
    for (const key of [bench.results(bench.outcome('two')), bench.ended(bench.outcome('two'))]) {
      if (await bench.redis.exists(key)) await bench.redis.hset(key, 'timestamp', longAgo);
    }
    expect(await bench.findings()).toEqual({});
  });
});

describe('an audit of ended records', () => {
  it('finds an answered call that is over without one', async () => {
    await (await bench.answer('one'))();
    await bench.redis.hdel(bench.keys.call('one'), 'ended', 'endedPublished');
    await bench.redis.del(bench.ended(bench.outcome('one')), bench.ended('wait'));
    expect(await bench.findings()).toEqual({ one: ['ENDED_MISSING'] });
  });
});

describe('an audit of garbage', () => {
  it('finds entries that cannot be read, and nothing else in what is not Outdial’s', async () => {
    const { redis: client, keys, app } = bench;
    await client.set(keys.call('text'), 'nonsense');
    await client.hset(keys.call('broken-json'), 'phase', 'ended', 'token', 't', 'result', '{"jobId"');
    await client.hset(keys.call('no-phase'), 'phase', 'sleeping', 'token', 't');
    await client.hset(keys.call('empty'), 'hello', 'world');
    await client.hset(
      keys.call('stranger'),
      'phase',
      'ended',
      'released',
      '1',
      'result',
      '{"jobId":"x"}',
      'token',
      't',
    );
    await client.hset(
      keys.call('odd-types'),
      'token',
      't',
      'released',
      '1',
      'result',
      '5',
      'ended',
      '[]',
      'job',
      '7',
    );
    await client.hset(bench.lane('meta'), 'paused', '1');
    await client.hset(
      bench.lane('made:of:colons'),
      'timestamp',
      'soon',
      'opts',
      'no JSON',
      'processedOn',
      '',
    );
    await client.rpush(bench.lane('wait'), 'made:of:colons');
    await client.set(bench.lane('text'), 'nonsense');
    await client.set(bench.lane('active'), 'nonsense');
    await client.hset(bench.results('9'), 'data', 'nonsense', 'timestamp', 'x');
    await client.hset(bench.results('10'), 'data', '{"jobId":7}');
    await client.hset(bench.results('of-%'), 'data', 'null', 'timestamp', '1');
    await client.rpush(bench.results('wait'), 'nothing', '9', '\u0000\ufffd');
    await client.set(bench.ended('wait'), 'nonsense');
    await client.zadd(keys.outbox, 1, 'nonsense', 2, 'result:outbox-only');
    await client.sadd(keys.workerCalls('w9'), 'listed-only');
    await client.set(keys.workerCalls('w8'), 'nonsense');
    await client.zadd(keys.workers, 'inf', 'w9');
    await client.xadd(`${app.prefix}:events`, '*', 'a', 'b');
    await client.xadd(`${app.prefix}:events`, '*', 'jobId', 'x', 'event', '"calling"');
    await client.set(`${app.prefix}:calls-`, 'nonsense');
    await client.sadd(`${app.prefix}:lanes`, 'no lane', '');
    const { findings } = await bench.audit();
    expect(Object.fromEntries(findings.map(({ jobId, code }) => [jobId, code]))).toEqual({
      ...Object.fromEntries(
        ['text', 'broken-json', 'no-phase', 'empty', 'stranger', 'odd-types'].map((id) => [
          id,
          'ENTRY_UNREADABLE',
        ]),
      ),
      'outbox-only': 'ENTRY_MISSING',
      'listed-only': 'ENTRY_MISSING',
    });
  });

  it('survives keys of its own names that are of other types', async () => {
    const { redis: client, keys, app } = bench;
    await bench.finish('one');
    await client.del(keys.workers, keys.outbox, keys.finished, bench.results('wait'), `${app.prefix}:events`);
    for (const key of [
      ...[keys.workers, keys.outbox, keys.finished, `${app.prefix}:events`, `${app.prefix}:lanes`],
      ...[bench.results('wait'), bench.results('completed'), bench.lane('wait'), bench.lane('completed')],
    ])
      await client.set(key, 'nonsense');
    expect(await bench.findings()).toEqual({});
  });
});

describe('an audit over the network', () => {
  it('runs on a replica, and refuses one that has lost its primary', async () => {
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
      await replica.stop();
    }
  });

  it('runs on a cluster', async () => {
    const server = await startRedis({
      args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'],
    });
    const node = new Redis(server.url);
    await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    const cluster = new Cluster([{ host: '127.0.0.1', port: server.port }]);
    const onCluster = new Bench(bench.app, node, { ...bench.app.common, redis: cluster });
    try {
      await eventually(async () => await node.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
      await node.hset(bench.keys.call('one'), 'token', 't', 'phase', 'calling', 'worker', WORKER);
      await node.sadd(bench.keys.workerCalls(WORKER), 'one', 'two');
      expect(await onCluster.findings()).toEqual({ one: ['CALL_ABANDONED'], two: ['ENTRY_MISSING'] });
    } finally {
      cluster.disconnect();
      node.disconnect();
      await server.stop();
    }
  });

  it('says that Redis is away', async () => {
    const away = new Bench(bench.app, bench.redis, { redis: 'redis://127.0.0.1:9', timeoutMs: 300 });
    await expect(away.audit()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });
});

import { buildResult, callIdentity } from '@outdial/contract';
import { Worker } from 'bullmq';
import { beforeEach, describe, expect, it } from 'vitest';
import { Bench, WORKER } from './broken.js';
import { jobOf, useRedis } from './support.js';

const redis = useRedis();
let bench: Bench;
beforeEach(() => {
  bench = new Bench(redis.app(), redis.redis);
});

/** Takes a job from its lane and holds it, as a worker that prepares its call. */
async function take(id: string): Promise<{ die(): Promise<void> }> {
  const connection = redis.connect();
  const worker = new Worker('calls-default', null, { connection, prefix: bench.app.prefix });
  // The lock of a job that is fetched by hand is not renewed.
  const job = await worker.getNextJob('token', { block: false });
  expect(job?.id).toBe(id);
  await worker.close(true);
  return { die: async () => void (await bench.redis.del(bench.lane(`${id}:lock`))) };
}

describe('an audit of jobs in their lanes', () => {
  it('finds a job that is in none of the lists of its lane', async () => {
    await bench.app.add({ id: 'one' }, { id: 'two' });
    await bench.ageJob('one', 'timestamp');
    await bench.redis.lrem(bench.lane('wait'), 1, 'one');
    expect(await bench.findings()).toEqual({ one: ['JOB_LOST'] });
  });

  it('finds a job that was taken by a worker that died, and that no worker takes again', async () => {
    await bench.startWorker();
    await bench.app.add({ id: 'one' });
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
    await bench.app.add({ id: 'one' });
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
    await bench.app.add({ id: 'claimed' }, { id: 'unknown' }, { id: 'settled' });
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

  it('finds a cancelled job that no lane has, without a result', async () => {
    await bench.app.add({ id: 'one' });
    const token = await bench.claim('one');
    await bench.app.cancel('one');
    await bench.app.ledger.unclaim('one', token);
    await bench.age('one', 'cancelRequestedAt');
    expect(await bench.findings()).toEqual({});
    await bench.redis.del(bench.lane('one'), bench.lane('wait'));
    expect(await bench.findings()).toEqual({ one: ['RESULT_MISSING'] });
  });
});

describe('an audit of calls that are up', () => {
  it('finds a call whose worker is gone and that no worker took over', async () => {
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
      'the call is calling; its worker w1 has been gone for 5 min, and no worker has taken the call over',
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
    await bench.app.cancel('cancelled');
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
    const result = buildResult(callIdentity(jobOf('one'), WORKER));
    await bench.app.ledger.settle('one', token, result);
    await bench.app.outbox.publishResult(result);
    await bench.app.outbox.marked();
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
    const at = Date.now();
    await add(call('a', at - 9000));
    await add(call('a', at - 8000));
    expect(await bench.findings()).toEqual({});
    await add(call('b', at));
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

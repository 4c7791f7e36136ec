import { expect, test } from 'vitest';
import { CancelSubscriber } from '../src/index.js';
import { claimed, endedOf, jobOf, LONG_MS, resultOf, useRedis } from './support.js';

const redis = useRedis();

test('a waiting job is settled by the cancel itself, and a claim that comes after is refused', async () => {
  const ledger = redis.newLedger();
  const result = resultOf('job-1');
  expect(await ledger.requestCancel('job-1', result)).toEqual({ phase: 'waiting' });
  await ledger.heartbeat('w1', { ttlMs: LONG_MS });
  expect(await ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') })).toEqual({
    kind: 'settled',
    result,
    isPublished: false,
  });
  expect(await ledger.unpublished()).toEqual([{ kind: 'result', jobId: 'job-1', record: result }]);
});

test('the owner of a call hears of its cancel at once, and from each heartbeat until the call is over', async () => {
  const ledger = redis.newLedger();
  const subscriber = redis.connect();
  const heard: string[] = [];
  let tellHeard: () => void;
  const isHeard = new Promise<void>((resolve) => {
    tellHeard = resolve;
  });
  const subscription = new CancelSubscriber({
    subscriber,
    workerId: 'w1',
    prefix: ledger.prefix,
    onCancel: (jobId) => {
      heard.push(jobId);
      tellHeard();
    },
  });
  await subscription.start();
  const token = await claimed(ledger, 'job-1', 'w1');
  expect(await ledger.requestCancel('job-1', resultOf('job-1'))).toEqual({
    phase: 'calling',
    workerId: 'w1',
    isAlive: true,
  });
  await isHeard;
  expect(heard).toEqual(['job-1']);
  expect((await ledger.heartbeat('w1', { ttlMs: LONG_MS })).cancels).toEqual(['job-1']);
  expect((await ledger.heartbeat('w1', { ttlMs: LONG_MS })).cancels).toEqual(['job-1']);
  await ledger.settle('job-1', token, resultOf('job-1'), { isOver: true });
  expect((await ledger.heartbeat('w1', { ttlMs: LONG_MS })).cancels).toEqual([]);
  await subscription.close();
  await subscriber.quit();
});

test('ringing, answered and ended calls each say so', async () => {
  const ledger = redis.newLedger();
  const cancel = () => ledger.requestCancel('job-1', resultOf('job-1'));
  const token = await claimed(ledger, 'job-1', 'w1');
  await ledger.record('job-1', token, { phase: 'ringing' });
  expect(await cancel()).toEqual({ phase: 'ringing', workerId: 'w1', isAlive: true });
  const result = resultOf('job-1', { state: 'ANSWERED' });
  await ledger.settle('job-1', token, result);
  expect(await cancel()).toEqual({ phase: 'answered', workerId: 'w1', isAlive: true });
  await redis.loseWorker(ledger, 'w1');
  expect(await cancel()).toEqual({ phase: 'answered', workerId: 'w1', isAlive: false });
  await ledger.end('job-1', token, endedOf('job-1'));
  expect(await cancel()).toEqual({ phase: 'ended', result, ended: endedOf('job-1') });
});

test('a second cancel changes nothing', async () => {
  const ledger = redis.newLedger();
  const result = resultOf('job-1');
  await ledger.requestCancel('job-1', result);
  expect(await ledger.requestCancel('job-1', resultOf('job-1', { cause: 'OTHER' }))).toEqual({
    phase: 'ended',
    result,
    ended: null,
  });
});

test('a claim and a cancel at once: in each of 500 races one of them wins, and both know which', async () => {
  const ledger = redis.newLedger();
  await ledger.heartbeat('w1', { ttlMs: LONG_MS });
  const other = redis.connect();
  const { Ledger } = await import('../src/index.js');
  const cancelling = new Ledger(other, { prefix: ledger.prefix });
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const jobId = `job-${i}`;
    const claim = () => ledger.claim({ jobId, workerId: 'w1', job: jobOf(jobId) });
    const cancel = () => cancelling.requestCancel(jobId, resultOf(jobId));
    // Two connections: which is first is up to the sockets.
    const [claiming, cancelled] =
      i % 2 === 0
        ? await Promise.all([claim(), cancel()])
        : ((await Promise.all([cancel(), claim()])).reverse() as [
            Awaited<ReturnType<typeof claim>>,
            Awaited<ReturnType<typeof cancel>>,
          ]);
    seen.add(`${claiming.kind} ${cancelled.phase}`);
    expect(['claimed calling', 'settled waiting']).toContain(`${claiming.kind} ${cancelled.phase}`);
  }
  expect(seen.size).toBe(2);
  await other.quit();
});

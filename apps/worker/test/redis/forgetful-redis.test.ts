import { parseCallJob } from '@outdial/contract';
import { expect, it } from 'vitest';
import { callIds, useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();
const { keys } = parts;

/** As Redis comes back when it was killed and had not written its last second down: without the claim. */
async function forgetClaim(jobId: string, workerId: string): Promise<void> {
  await parts.redis.multi().del(keys.call(jobId)).srem(keys.workerCalls(workerId), jobId).exec();
}

function job(id: string, address: string, holdMs: number | null = null) {
  const onAnswered = { otherwise: [{ step: 'hold' as const, milliseconds: holdMs }] };
  return { id, callTo: `sip:callee@${address}`, onAnswered };
}

async function phase(jobId: string, expected: string): Promise<void> {
  await expect.poll(() => parts.queue.get(jobId), WITHIN).toMatchObject({ phase: expected });
}

it('a call whose claim Redis has forgotten goes on, and ends as if nothing had been', async () => {
  const callee = await parts.callee({ scenario: 'rings-then-answers-then-hangs-up', calls: 1, holdMs: 300 });
  const { workerId } = await parts.start();
  await parts.queue.add(job('job-1', callee.address));
  await phase('job-1', 'ringing');
  await forgetClaim('job-1', workerId);
  await expect.poll(() => parts.endedOf('job-1'), WITHIN).toMatchObject([{ endedBy: 'CALLEE' }]);
  expect(parts.resultsOf('job-1')).toMatchObject([{ state: 'ANSWERED', rang: true }]);
  await expect.poll(() => parts.ledger.get('job-1'), WITHIN).toMatchObject({ isReleased: true });
  expect(await parts.ledger.callsOf(workerId)).toEqual([]);
  expect(callIds(callee)).toHaveLength(1);
  expect(await callee.finished).toBe(0);
});

it('a call that nothing happens to is claimed again within seconds, before its job is handed out again', async () => {
  const callee = await parts.callee({ scenario: 'rings-until-cancelled', calls: 1 });
  const { workerId } = await parts.start();
  await parts.queue.add(job('job-1', callee.address));
  await phase('job-1', 'ringing');
  const { token } = (await parts.ledger.get('job-1')) ?? {};
  await forgetClaim('job-1', workerId);
  await expect.poll(() => parts.ledger.get('job-1'), WITHIN).toMatchObject({ token, workerId });
  expect(await parts.ledger.callsOf(workerId)).toEqual(['job-1']);
  await parts.queue.cancel('job-1');
  await expect
    .poll(() => parts.resultsOf('job-1'), WITHIN)
    .toMatchObject([{ cause: 'CANCELLED', error: { code: 'CANCELLED' } }]);
  expect(await callee.finished).toBe(0);
});

it('a result that Redis has forgotten while the call was up is written again when it ends', async () => {
  const callee = await parts.callee({ scenario: 'rings-then-answers-then-hangs-up', calls: 1, holdMs: 1500 });
  const { workerId } = await parts.start();
  await parts.queue.add(job('job-1', callee.address));
  await expect.poll(() => parts.resultsOf('job-1'), WITHIN).toHaveLength(1);
  await parts.redis.hdel(keys.call('job-1'), 'result', 'settledAt', 'resultPublished');
  await expect.poll(() => parts.endedOf('job-1'), WITHIN).toMatchObject([{ endedBy: 'CALLEE' }]);
  expect(await parts.ledger.get('job-1')).toMatchObject({
    result: { state: 'ANSWERED', workerId },
    ended: { endedBy: 'CALLEE' },
    isReleased: true,
  });
  expect(await parts.ledger.callsOf(workerId)).toEqual([]);
});

it('a call that the ledger lists for a worker, and that the worker knows nothing of, is settled', async () => {
  const { workerId } = await parts.start();
  // As it was before its end, which Redis has forgotten.
  const claim = { jobId: 'job-1', workerId, job: parseCallJob({ id: 'job-1', callTo: 'sip:callee@lab' }) };
  expect(await parts.ledger.claim(claim)).toMatchObject({ kind: 'claimed' });
  await expect
    .poll(() => parts.resultsOf('job-1'), WITHIN)
    .toMatchObject([{ state: 'ERROR', error: { code: 'INTERNAL' } }]);
  await expect.poll(() => parts.ledger.callsOf(workerId), WITHIN).toEqual([]);
});

it('where Redis has lost everything, each call is hung up, has its result, and is not dialled again', async () => {
  const callee = await parts.callee({ scenario: 'rings-until-cancelled', calls: 1 });
  const { workerId } = await parts.start();
  await parts.queue.add(job('job-1', callee.address));
  await phase('job-1', 'ringing');
  await forgetClaim('job-1', workerId);
  await parts.redis.zrem(keys.workers, workerId);
  expect(await callee.finished).toBe(0);
  await expect
    .poll(() => parts.resultsOf('job-1'), WITHIN)
    .toMatchObject([{ state: 'ERROR', error: { code: 'WORKER_LOST' }, callId: callIds(callee)[0] }]);
  await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ active: 0, completed: 1 });
  expect(callIds(callee)).toHaveLength(1);
});

it('a call that another worker has claimed meanwhile is hung up, and that one settles it', async () => {
  const callee = await parts.callee({ scenario: 'rings-until-cancelled', calls: 1 });
  const { workerId } = await parts.start();
  await parts.queue.add(job('job-1', callee.address));
  await phase('job-1', 'ringing');
  const ledger = parts.ledger;
  await ledger.heartbeat('other', { ttlMs: 60_000 });
  const { job: callJob } = (await ledger.get('job-1')) ?? {};
  await parts.redis.multi().del(keys.call('job-1')).srem(keys.workerCalls(workerId), 'job-1').exec();
  const claim = { jobId: 'job-1', workerId: 'other', job: callJob as never, token: 'other-token' };
  expect(await ledger.claim(claim)).toMatchObject({ kind: 'claimed' });
  expect(await callee.finished).toBe(0);
  // It may still be given back undialled: the job waits for what becomes of it.
  await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ active: 0, delayed: 1 });
  expect(parts.resultsOf('job-1')).toEqual([]);
  await ledger.retire('other');
  await expect
    .poll(() => parts.resultsOf('job-1'), WITHIN)
    .toMatchObject([{ state: 'ERROR', error: { code: 'WORKER_LOST' } }]);
  await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ delayed: 0, completed: 1 });
});

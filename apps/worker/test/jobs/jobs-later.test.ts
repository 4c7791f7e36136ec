import { laneQueueName, parseCallJob } from '@outdial/contract';
import { Job } from 'bullmq';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { callIds, useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();
const { keys } = parts;
afterEach(() => {
  vi.restoreAllMocks();
});

/** A job with a single try, as another campaign app may have put it there. */
async function addWithOneTry(id: string, callTo: string): Promise<void> {
  await parts.queue.add({ id, callTo });
  await parts.redis.hset(`{outdial}:${laneQueueName('default')}:${id}`, 'opts', '{"attempts":1}');
}

describe('a job that is to come back later', () => {
  it('does so however often Redis refuses to move it, and is dialled in the end', async () => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486', calls: 1 });
    const callTo = `sip:callee@${callee.address}`;
    const { ledger } = parts;
    await ledger.heartbeat('other', { ttlMs: 60_000 });
    const job = parseCallJob({ id: 'job-1', callTo });
    await ledger.claim({ jobId: 'job-1', workerId: 'other', job, token: 'other-token' });
    const move = vi.spyOn(Job.prototype, 'moveToDelayed');
    for (let refusal = 0; refusal < 3; refusal++)
      move.mockRejectedValueOnce(new Error("OOM command not allowed when used memory > 'maxmemory'."));
    await addWithOneTry('job-1', callTo);
    await parts.start();
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ active: 0, delayed: 1 });
    expect(move.mock.calls.length).toBeGreaterThan(3);
    await ledger.unclaim('job-1', 'other-token');
    await expect.poll(() => parts.resultsOf('job-1'), WITHIN).toMatchObject([{ cause: 'BUSY' }]);
  });

  it('takes nothing on the network while somebody else has its call', async () => {
    const callTo = 'sip:callee@127.0.0.1:9';
    const { ledger } = parts;
    await ledger.heartbeat('other', { ttlMs: 60_000 });
    await ledger.claim({ jobId: 'job-1', workerId: 'other', job: parseCallJob({ id: 'job-1', callTo }) });
    await parts.queue.add({ id: 'job-1', callTo });
    // Handed out for the second time.
    await parts.redis.hset(`{outdial}:${laneQueueName('default')}:job-1`, { ats: 1, stc: 1 });
    const worker = await parts.start();
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ active: 0, delayed: 1 });
    const ready = await fetch(`http://127.0.0.1:${worker.healthPort}/readyz`);
    const { servers } = (await ready.json()) as { servers: Array<{ idleEndpoints: number }> };
    expect(servers.map(({ idleEndpoints }) => idleEndpoints)).toEqual([0, 0]);
  });
});

describe('a job whose entry in the ledger somebody else has spoilt', () => {
  it.each([
    ['is no entry at all', (entry: string) => parts.redis.set(entry, 'nonsense')],
    ['has a result that is none', (entry: string) => parts.redis.hset(entry, 'result', '{"jobId":')],
  ])('which %s, leaves its lane undialled', async (_, spoil) => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486' });
    await spoil(keys.call('job-1'));
    await parts.queue.add({ id: 'job-1', callTo: `sip:callee@${callee.address}` });
    await parts.start();
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ active: 0, completed: 1 });
    expect(callIds(callee)).toEqual([]);
  });
});

describe('a job that comes back after the ledger has forgotten as many calls as it may', () => {
  it('is not dialled, since it is unknown whether it was: its result is HISTORY_LOST', async () => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486' });
    await parts.queue.add({ id: 'job-1', callTo: `sip:callee@${callee.address}` });
    await parts.redis.hset(`{outdial}:${laneQueueName('default')}:job-1`, { ats: 1, stc: 1 });
    await parts.redis.hset(keys.moments, 'forgottenUpTo', Date.now());
    await parts.start();
    await expect
      .poll(() => parts.resultsOf('job-1'), WITHIN)
      .toMatchObject([{ state: 'ERROR', error: { code: 'HISTORY_LOST' } }]);
    expect(callIds(callee)).toEqual([]);
  });
});

describe('jobs that wait for the turn of a drachtio server', () => {
  it('are claimed when it comes, not before: until then they are any worker’s', async () => {
    const callee = await parts.callee({ scenario: 'rings-until-cancelled' });
    const ids = Array.from({ length: 6 }, (_, index) => `job-${index}`);
    await parts.start({ telephony: { invitesPerSecond: 3 } });
    await parts.queue.addBulk(ids.map((id) => ({ id, callTo: `sip:callee@${callee.address}` })));
    const claimed = async () => {
      const entries = await Promise.all(ids.map((id) => parts.ledger.get(id)));
      return entries.filter((entry) => entry !== null).length;
    };
    const ahead: number[] = [];
    const look = async () => {
      const dialledBefore = callIds(callee).length;
      ahead.push((await claimed()) - dialledBefore);
      return dialledBefore;
    };
    await expect.poll(look, WITHIN).toBe(ids.length);
    // One may be on its way between its claim and its callee, and the look takes its time.
    expect(Math.max(...ahead)).toBeLessThanOrEqual(2);
    await Promise.all(ids.map((id) => parts.queue.cancel(id)));
  });
});

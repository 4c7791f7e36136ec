import { describe, expect, it } from 'vitest';
import { callIds, useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();

/** The most that fall into any span of so many milliseconds. */
function mostWithin(ms: number, times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + ms).length));
}

describe('a rate limit of a lane', () => {
  it('holds at the INVITE, evenly over two workers', async () => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486', calls: 40 });
    await parts.queue.setLaneLimits('default', { callsPerSecond: 10 });
    await parts.queue.addBulk(
      Array.from({ length: 40 }, (_, i) => ({ id: `job-${i}`, callTo: `sip:callee@${callee.address}` })),
    );
    await Promise.all([parts.start(), parts.start()]);
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ completed: 40 });
    const invites = callee
      .log()
      .filter(({ method }) => method === 'INVITE')
      .map(({ atMs }) => atMs);
    expect(invites).toHaveLength(40);
    // Turns are at least 96 ms apart. Behind its turn an INVITE may be late on a busy machine, but no crowd builds up.
    expect(mostWithin(1000, invites)).toBeLessThan(14);
    expect(mostWithin(10, invites)).toBeLessThan(4);
  });

  it('takes no call of a lane that is paused, and goes on when it is resumed', async () => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486', calls: 3 });
    await parts.queue.setLaneLimits('default', { callsPerSecond: 0.001 });
    await parts.queue.addBulk(
      ['one', 'two', 'three'].map((id) => ({ id, callTo: `sip:callee@${callee.address}` })),
    );
    await parts.start();
    await expect.poll(() => parts.resultsOf('one'), WITHIN).toMatchObject([{ cause: 'BUSY' }]);
    await parts.queue.pauseLane('default');
    await parts.queue.setLaneLimits('default', { callsPerSecond: null });
    await parts.queue.resumeLane('default');
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ completed: 3 });
    expect(callIds(callee)).toHaveLength(3);
  });

  it('gives a job back, undialled, whose lane is paused while the job waits for its turn', async () => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486', calls: 2 });
    // The second INVITE has to wait for two seconds.
    await parts.start({ telephony: { invitesPerSecond: 0.5 } });
    await parts.queue.addBulk(['one', 'two'].map((id) => ({ id, callTo: `sip:callee@${callee.address}` })));
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ completed: 1, active: 1 });
    await parts.queue.pauseLane('default');
    await expect
      .poll(() => parts.queue.counts(), WITHIN)
      .toMatchObject({ completed: 1, active: 0, waiting: 1 });
    expect(callIds(callee)).toHaveLength(1);
    await parts.queue.resumeLane('default');
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ completed: 2 });
    expect(callIds(callee)).toHaveLength(2);
  });

  it('gives a job back, undialled, whose turn comes too late to be held, and a stop does not wait for it', async () => {
    const callee = await parts.callee({ scenario: 'rejects-busy-486', calls: 2 });
    const worker = await parts.start();
    await parts.queue.setLaneLimits('default', { callsPerSecond: 0.001 });
    await parts.queue.add({ id: 'one', callTo: `sip:callee@${callee.address}` });
    await expect.poll(() => parts.resultsOf('one'), WITHIN).toMatchObject([{ cause: 'BUSY' }]);
    // BullMQ's own limit is out of the way, as when the lane's limit was lowered after the job had been taken.
    await parts.redis.hdel('{outdial}:calls-default:meta', 'max', 'duration');
    await parts.queue.add({ id: 'two', callTo: `sip:callee@${callee.address}` });
    await expect.poll(() => parts.queue.counts(), WITHIN).toMatchObject({ active: 0, delayed: 1 });
    expect(await parts.ledger.get('two')).toBeNull();
    expect(await worker.drain()).toBe(true);
    await parts.queue.setLaneLimits('default', { callsPerSecond: null });
    await parts.start();
    await expect.poll(() => parts.resultsOf('two'), WITHIN).toMatchObject([{ cause: 'BUSY' }]);
    expect(callIds(callee)).toHaveLength(2);
  });
});

import { expect, it } from 'vitest';
import { callIds, useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();
const JOBS = 600;

it('a job whose INVITE could not leave soon stays in its lane', async () => {
  const sipp = await parts.callee({ scenario: 'rejects-busy-486' });
  const { healthPort } = await parts.start({
    lanes: { default: { concurrency: JOBS } },
    telephony: { media: 'worker', invitesPerSecond: 4 },
  });
  const isReady = async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok;
  await expect.poll(isReady, WITHIN).toBe(true);
  const callTo = `sip:callee@${sipp.address}`;
  await parts.queue.addBulk(Array.from({ length: JOBS }, () => ({ callTo })));
  await expect.poll(() => callIds(sipp).length, WITHIN).toBeGreaterThan(3);
  const { active, waiting } = await parts.queue.counts('default');
  expect(active).toBeLessThan(JOBS / 2);
  expect(waiting).toBeGreaterThan(JOBS / 3);
});

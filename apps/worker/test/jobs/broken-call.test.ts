import { CallEvents } from '@outdial/client';
import { expect, it, vi } from 'vitest';
import { CallRunner } from '../../src/call/call-runner.js';
import { useWorkers, WITHIN } from '../support.js';

const scene = useWorkers();

it('a call that a defect makes its worker lose hold of is released, and gets its result', async () => {
  const callee = await scene.callee({ scenario: 'rings-until-cancelled', calls: 1 });
  const events = new CallEvents({ redis: scene.redisUrl });
  const run = CallRunner.prototype.run;
  vi.spyOn(CallRunner.prototype, 'run').mockImplementationOnce(async function (this: CallRunner) {
    void run.call(this);
    for await (const { event } of events.follow({ from: '0' })) {
      if (event.type === 'ringing') break;
    }
    throw new Error('a defect');
  });
  const worker = await scene.start();
  const { id } = await scene.queue.add({ callTo: `sip:callee@${callee.address}` });
  const failed = { jobId: id, rang: true, state: 'ERROR', error: { code: 'INTERNAL' } };
  await expect.poll(() => scene.resultsOf(id), WITHIN).toMatchObject([failed]);
  // SIPp's scenario is over only after CANCEL, 487 and ACK.
  expect(await callee.finished).toBe(0);
  await expect.poll(() => scene.queue.counts()).toMatchObject({ active: 0, completed: 1 });
  expect(await worker.drain()).toBe(true);
  await events.close();
});

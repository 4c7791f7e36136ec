import { startSipp } from '@outdial/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from './stack.js';
import { WorkerProcess } from './worker-process.js';

let stack: Stack;
let worker: WorkerProcess;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  worker = await WorkerProcess.start(stack.configuration());
});
afterAll(async () => {
  await worker.end('SIGTERM');
  await stack.stop();
});

describe('secondsTimeout', () => {
  it('holds to within 250 ms with 200 calls up', async () => {
    const callee = await startSipp({ scenario: 'rings-until-cancelled', calls: 200 });
    const secondsOf = (index: number) => 4 + (index % 20) / 10;
    const jobs = Array.from({ length: 200 }, (_, index) => ({
      id: `deadline-${index}`,
      callTo: `sip:callee@${callee.address}`,
      secondsTimeout: secondsOf(index),
    }));
    await stack.queue.addBulk(jobs);
    const results = await stack.inbox.ofAll(jobs.map((job) => job.id));
    expect(await callee.finished).toBe(0);
    await callee.stop();
    expect(results.map(({ cause }) => cause)).toEqual(results.map(() => 'TIMEOUT'));
    const errorsMs = results.map(
      ({ timings: { callingAt = 0, endedAt = 0 } }, index) => endedAt - callingAt - secondsOf(index) * 1000,
    );
    expect(Math.max(...errorsMs.map(Math.abs))).toBeLessThanOrEqual(250);
  });

  it('null rings as long as it rings', async () => {
    const callee = await startSipp({ scenario: 'rings-until-cancelled' });
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, secondsTimeout: null });
    await stack.event(id, 'ringing');
    // Another call, placed and timed out meanwhile, shows that time has passed without ending the first.
    const other = await stack.call({ callTo: 'sip:no-answer@lab', secondsTimeout: 2 });
    expect(other.cause).toBe('TIMEOUT');
    expect(stack.inbox.count(id)).toBe(0);
    await stack.queue.cancel(id);
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'IDLE', cause: 'NORMAL', rang: true });
    await callee.stop();
  });
});

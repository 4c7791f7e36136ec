import { startSipp } from '@outdial/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Stack } from '../support/stack.js';
import { WorkerProcess } from '../support/worker-process.js';

const CALLS_UP = 200;
/** More would test the machine's speed, which is for the benchmarks. */
const CALLS_HEARD = 20;
const CALLS_RINGING = 40;

let stack: Stack;
let worker: WorkerProcess;
beforeAll(async () => {
  stack = await Stack.start({ withWorker: false });
  worker = await WorkerProcess.start(stack.configuration());
});
afterAll(async () => {
  await worker.end('SIGTERM');
  await stack.close();
});

// It takes its time to bring so many calls up.
describe.concurrent('secondsTimeout', { timeout: 120_000 }, () => {
  it(`ends ringing calls by TIMEOUT, and no other, with ${CALLS_UP} calls up`, async ({ expect }) => {
    const answering = await startSipp({ scenario: 'answers-at-once', calls: CALLS_UP });
    const ringing = await startSipp({ scenario: 'rings-until-cancelled', calls: CALLS_RINGING });
    const up = Array.from({ length: CALLS_UP }, (_, index) => ({
      id: `up-${index}`,
      callTo: `sip:callee@${answering.address}`,
      // It is heard also after the verdict: a beep could revise it.
      ...(index < CALLS_HEARD && { liveSpeakerDetect: 'DEFAULT' as const, lsdTimeoutMilliseconds: 500 }),
      onAnswered: { otherwise: [{ step: 'hold' as const, milliseconds: null }] },
    }));
    await stack.queue.addBulk(up);
    const answers = await stack.inbox.ofAll(up.map(({ id }) => id));
    expect(answers.map(({ state }) => state)).toEqual(up.map(() => 'ANSWERED'));

    const deadlines = Array.from({ length: CALLS_RINGING }, (_, index) => ({
      id: `deadline-${index}`,
      callTo: `sip:deadline-${index}@${ringing.address}`,
      // The first after all are dialled: making their endpoints is work for a FreeSWITCH that carries so many
      // calls.
      secondsTimeout: 4 + index / CALLS_RINGING,
    }));
    await stack.queue.addBulk(deadlines);
    const results = await stack.inbox.ofAll(deadlines.map(({ id }) => id));
    expect(results.map(({ cause }) => cause)).toEqual(deadlines.map(() => 'TIMEOUT'));
    expect(await ringing.finished).toBe(0);
    // All the others were up meanwhile, and end only now.
    expect(answering.log().filter(({ cseq }) => cseq.includes('BYE'))).toEqual([]);
    await Promise.all(up.map(({ id }) => stack.queue.cancel(id)));
    expect(await answering.finished).toBe(0);
    await Promise.all([answering.close(), ringing.close()]);
  });

  it('null rings as long as it rings', async ({ expect }) => {
    const callee = await startSipp({ scenario: 'rings-until-cancelled' });
    const { id } = await stack.queue.add({ callTo: `sip:callee@${callee.address}`, secondsTimeout: null });
    await stack.event(id, 'ringing');
    // Nor is the callee told to stop by itself.
    expect(callee.log().map(({ method, headers }) => [method, headers.expires])).toEqual([
      ['INVITE', undefined],
    ]);
    // Another call, placed and timed out meanwhile, shows that time has passed without ending the first.
    const other = await stack.call({ callTo: 'sip:no-answer@lab', secondsTimeout: 2 });
    expect(other.cause).toBe('TIMEOUT');
    expect(stack.inbox.count(id)).toBe(0);
    await stack.queue.cancel(id);
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'IDLE', cause: 'CANCELLED', rang: true });
    await callee.close();
  });
});

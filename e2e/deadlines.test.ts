import { type Sipp, startSipp } from '@outdial/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { Stack } from './stack.js';
import { WorkerProcess } from './worker-process.js';

const CALLS_UP = 200;
/** More would be as much a test of how many callees this machine can hear at once, which the benchmarks tell. */
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
  await stack.stop();
});

/** How long calls rang, from INVITE to CANCEL by the callee's own log, each by the user part that was called. */
function ringMsByUser(callee: Sipp): Map<string, number> {
  const log = callee.log();
  const cancels = log.filter(({ method }) => method === 'CANCEL');
  const cancelledAt = new Map(cancels.map(({ callId, atMs }) => [callId, atMs]));
  const invites = log.filter(({ method }) => method === 'INVITE');
  return new Map(
    invites.map(({ startLine, callId, atMs }) => [
      /sip:([^@]+)@/.exec(startLine)?.[1] ?? '',
      (cancelledAt.get(callId) ?? Number.NaN) - atMs,
    ]),
  );
}

// It takes its time to bring so many calls up.
describe.concurrent('secondsTimeout', { timeout: 120_000 }, () => {
  it(`holds to within 250 ms with ${CALLS_UP} calls up`, async ({ expect }) => {
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
      // The first after all are dialled: making their endpoints is work for a switch that carries so many calls.
      secondsTimeout: 4 + index / CALLS_RINGING,
    }));
    await stack.queue.addBulk(deadlines);
    const results = await stack.inbox.ofAll(deadlines.map(({ id }) => id));
    expect(results.map(({ cause }) => cause)).toEqual(deadlines.map(() => 'TIMEOUT'));
    expect(await ringing.finished).toBe(0);
    const rangMs = ringMsByUser(ringing);
    const errorsMs = deadlines.map(({ id, secondsTimeout }) =>
      Math.abs((rangMs.get(id) ?? Number.NaN) - secondsTimeout * 1000),
    );
    expect(Math.max(...errorsMs)).toBeLessThanOrEqual(250);

    // All the others were up meanwhile, and end only now.
    expect(answering.log().filter(({ cseq }) => cseq.includes('BYE'))).toEqual([]);
    await Promise.all(up.map(({ id }) => stack.queue.cancel(id)));
    expect(await answering.finished).toBe(0);
    await Promise.all([answering.stop(), ringing.stop()]);
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
    expect(await stack.inbox.of(id)).toMatchObject({ state: 'IDLE', cause: 'NORMAL', rang: true });
    await callee.stop();
  });
});

import { CallChannel } from '@outdial/client';
import type { EndedRecord, PlanStepInput } from '@outdial/contract';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

const VOICE = tone(500, 1000);

let stack: Stack;
/** Who heard whom after a transfer. */
const heard: string[] = [];
beforeAll(async () => {
  stack = await Stack.start({
    scripts: {
      // Hears the other party, and hangs up on it.
      customer: async (call) => {
        await call.answer();
        await call.hearPrompt();
        heard.push('customer');
      },
      // Speaks until it is hung up.
      clerk: async (call) => {
        call.ring();
        await call.answer();
        for (;;) await call.play(VOICE);
      },
    },
  });
});
afterAll(() => stack.close());

type TransferInput = Extract<PlanStepInput, { step: 'transfer' }>;

async function transfer(
  to: string,
  { callTo = 'sip:patient@lab', ...step }: Partial<TransferInput> & { callTo?: string } = {},
): Promise<EndedRecord> {
  const onFailed: PlanStepInput[] = [{ step: 'notify', name: 'failed' }];
  const { id } = await stack.queue.add({
    callTo,
    onAnswered: { otherwise: [{ step: 'transfer', to, onFailed, ringback: null, ...step }] },
  });
  return (await stack.event(id, 'ended')).ended;
}

/** The status lines that the callee of a call has told of its transfer. */
function toldOf(callId: string | null): string[] {
  const entries = stack.callees.log.entries.filter((entry) => entry.callId === callId);
  return entries.map((entry) => ('status' in entry ? `${entry.status}` : entry.method));
}

describe.concurrent('a transfer', () => {
  it('is placed by the callee’s side, with the headers of the REFER, and ends the call here', async () => {
    const ended = await transfer('sip:clerk@lab', {
      callTo: 'sip:customer@lab',
      headers: { 'X-Reason': 'asked for the clerk' },
    });
    expect(ended).toMatchObject({
      endedBy: 'PLAN',
      error: null,
      steps: [{ step: 'transfer', outcome: 'finished', data: { to: 'sip:clerk@lab' } }],
    });
    const refer = stack.callees.log.requests('REFER', 'in').find(({ callId }) => callId === ended.callId);
    expect(refer?.headers).toMatchObject({ 'X-Reason': 'asked for the clerk' });
    expect(toldOf(ended.callId).filter((what) => what === 'NOTIFY')).toHaveLength(3);
    await expect.poll(() => heard, { timeout: 10_000 }).toContain('customer');
  });

  it('that is attended gives the callee the place that we have in the call with the target', async () => {
    const ended = await transfer('sip:agent@lab', { attended: true });
    expect(ended.steps).toMatchObject([{ step: 'transfer', outcome: 'finished' }]);
    expect(ended.legs).toMatchObject([{ callTo: 'sip:agent@lab', state: 'ANSWERED', cause: 'NORMAL' }]);
    const { callId = '' } = ended.legs[0] ?? {};
    const replacing = stack.callees.log
      .requests('INVITE', 'in')
      .find(({ headers }) => headers.Replaces?.startsWith(callId ?? ''));
    expect(replacing).toBeDefined();
    const answered = toldOf(replacing?.callId ?? null);
    expect(answered).toContain('200');
  });

  it.each([
    ['sip:customer@lab', 'sip:clerk@lab', false, []],
    ['sip:patient@lab', 'sip:agent@lab', true, [{ callTo: 'sip:agent@lab', state: 'ANSWERED' }]],
  ] as const)(
    'that an app commands hands %s over to %s (attended: %s)',
    async (callTo, to, attended, legs) => {
      const channel = new CallChannel({ queue: stack.queue, events: stack.events, pollMs: 300 });
      expect(await channel.call(callTo)).toBe('ANSWERED');
      // A target that is busy costs nothing: the app still has the callee.
      const missed = { outcome: 'failed', error: { code: attended ? 'AGENT_BUSY' : 'TRANSFER_FAILED' } };
      expect(await channel.transfer('sip:busy@lab', { attended, ringback: null })).toMatchObject(missed);
      expect(channel.state).toBe('ANSWERED');
      expect(await channel.transfer(to, { attended, ringback: null })).toMatchObject({
        outcome: 'finished',
        data: { to },
      });
      expect(await channel.waitForIdle()).toBe('IDLE');
      const { ended } = await stack.event(channel.details.jobId ?? '', 'ended');
      expect(ended).toMatchObject({ endedBy: 'PLAN', error: null });
      expect(ended.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
        'hold interrupted',
        'transfer failed',
        'transfer finished',
      ]);
      expect(ended.legs.filter(({ state }) => state === 'ANSWERED')).toMatchObject(legs);
      expect(toldOf(ended.callId)).toContain('REFER');
    },
  );

  it.each([
    ['sip:busy@lab', {}, { outcome: 'failed', error: { code: 'TRANSFER_FAILED' } }],
    ['sip:no-answer@lab', { secondsTimeout: 0.5 }, { outcome: 'timeout', error: { code: 'STEP_TIMEOUT' } }],
    [
      'sip:agent@lab',
      { callTo: 'sip:refuses-transfer@lab' },
      { outcome: 'failed', error: { code: 'TRANSFER_REFUSED' } },
    ],
    ['sip:busy@lab', { attended: true }, { outcome: 'failed', error: { code: 'AGENT_BUSY' } }],
    [
      'sip:no-answer@lab',
      { attended: true, secondsTimeout: 0.5 },
      { outcome: 'timeout', error: { code: 'AGENT_NO_ANSWER' } },
    ],
  ] as const)('to %s (%j) fails, and the callee is still there', async (to, more, end) => {
    const ended = await transfer(to, more);
    expect(ended.steps).toMatchObject([
      { step: 'transfer', ...end },
      { step: 'notify', outcome: 'finished' },
    ]);
    expect(ended).toMatchObject({ endedBy: 'PLAN', error: null });
  });
});

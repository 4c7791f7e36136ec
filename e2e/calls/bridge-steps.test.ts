import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallChannel } from '@outdial/client';
import type { CallJobInput, EndedRecord, PlanStepInput } from '@outdial/contract';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { amplitudeAt, loudMs, readRecorded } from '../support/recorded-file.js';
import { Stack } from '../support/stack.js';

const VOICE = tone(500, 1000);
const [LOW_HZ, HIGH_HZ, PROMPT_HZ] = [700, 1400, 440];
/** What agents and callees of the tests have heard. */
const heard: string[] = [];

let stack: Stack;
let speech: string;
let recordings: string;
beforeAll(async () => {
  stack = await Stack.start({
    withWorker: false,
    scripts: {
      // Both prove that they hear each other: it answers the agent's voice with a key and with its own.
      asks: async (call) => {
        await call.answer();
        await call.hearPrompt();
        await call.press('7');
        for (;;) await call.play(VOICE);
      },
      helps: async (call) => {
        call.ring();
        await call.answer();
        let isAsked = false;
        const asked = call.hearDigits(1).then((digits) => {
          isAsked = true;
          heard.push(digits);
        });
        // However long it takes until they are bridged.
        while (!isAsked) await call.play(VOICE);
        await asked;
        await call.hearPrompt();
        heard.push('voice');
      },
      // Hangs up as soon as it hears somebody.
      leaves: async (call) => {
        await call.answer();
        await call.hearPrompt();
      },
      // Each speaks in a voice of its own while they are bridged: the agent until the callee presses a key.
      low: async (call) => {
        await call.answer();
        await call.hearDigits(1);
        await call.play(tone(500, LOW_HZ));
        await call.press('2');
        await call.untilOver();
      },
      high: async (call) => {
        await call.answer();
        let isAnswered = false;
        void call.hearDigits(1).then(() => {
          isAnswered = true;
        });
        while (!isAnswered) {
          await call.play(tone(500, HIGH_HZ));
          await call.press('1');
        }
      },
      speaks: async (call) => {
        await call.answer();
        for (;;) await call.play(VOICE);
      },
    },
  });
  speech = await mkdtemp(join(tmpdir(), 'outdial-speech-'));
  recordings = await mkdtemp(join(tmpdir(), 'outdial-recordings-'));
  const { telephony } = stack.configuration();
  await stack.startWorker({
    speech: { command: ['espeak-ng', '--stdout', '-v', '{language}'], directory: speech },
    telephony: { ...telephony, recordings: { directory: recordings } },
  });
});
afterAll(async () => {
  await stack.close();
  for (const directory of [speech, recordings]) await rm(directory, { recursive: true });
});

type BridgeInput = Extract<PlanStepInput, { step: 'bridge' }>;

/** Calls a callee whose plan is a bridge, and waits for the end of the call. */
async function bridge(
  to: BridgeInput['to'],
  {
    callTo = 'sip:mute@lab',
    recordCall,
    ...step
  }: Partial<BridgeInput> & Pick<CallJobInput, 'recordCall'> & { callTo?: string } = {},
): Promise<EndedRecord> {
  const { id } = await stack.queue.add({
    callTo,
    recordCall,
    onAnswered: { otherwise: [{ step: 'bridge', to, ringback: null, ...step }] },
  });
  return (await stack.event(id, 'ended')).ended;
}

/** Requests and final responses of one call as the callees saw them. */
function seenOf(callId: string | null): string[] {
  return stack.callees.log.entries
    .filter((entry) => entry.callId === callId)
    .map((entry) => ('status' in entry ? `${entry.status}` : entry.method));
}

const NOTIFY = (name: string): PlanStepInput => ({ step: 'notify', name });
const stepsOf = ({ steps }: EndedRecord) =>
  steps.map(({ step, data }) => (step === 'notify' ? data?.name : step));

describe.concurrent('an agent who takes the call', () => {
  it('and the callee hear each other, keys included, until the agent hangs up, and the plan goes on', async () => {
    const ended = await bridge('sip:helps@lab', {
      callTo: 'sip:asks@lab',
      recordCall: 'both',
      branches: { agentHangUp: [NOTIFY('helped')] },
    });
    expect(heard).toEqual(['7', 'voice']);
    expect(stepsOf(ended)).toEqual(['bridge', 'helped']);
    const [leg] = ended.legs;
    expect(ended.legs).toMatchObject([
      { callTo: 'sip:helps@lab', state: 'ANSWERED', cause: 'NORMAL', endedBy: 'AGENT', error: null },
    ]);
    const { callingAt, ringingAt, answeredAt, bridgedAt, endedAt } = leg?.timings ?? {};
    const times = [callingAt, ringingAt, answeredAt, bridgedAt, endedAt];
    expect(times).toEqual(times.toSorted());
    expect(ended.steps[0]).toMatchObject({
      outcome: 'finished',
      data: { callTo: 'sip:helps@lab', callId: leg?.callId, endedBy: 'agentHangUp' },
    });
    expect(seenOf(leg?.callId ?? '')).toEqual(['INVITE', '200', 'ACK', 'BYE', '200']);
    expect(ended).toMatchObject({ endedBy: 'PLAN', cause: 'NORMAL' });
    // The callee on the left; what it was sent, the agent's voice too, on the right.
    const { channels } = await readRecorded(ended.recordings[0]?.path ?? '');
    for (const channel of channels) expect(loudMs(channel)).toBeGreaterThan(80);
  });

  it('hears a whisper, and has to press the key; then his time is limited', async () => {
    const ended = await bridge(['sip:busy@lab', 'sip:agent-accepts@lab'], {
      whisper: 'tone_stream://%(400,0,440)',
      acceptOn: '1',
      maxDurationSeconds: 0.3,
      branches: { maxDuration: [NOTIFY('time is over')] },
    });
    expect(stepsOf(ended)).toEqual(['bridge', 'time is over']);
    expect(ended.legs).toMatchObject([
      {
        callTo: 'sip:busy@lab',
        state: 'IDLE',
        cause: 'BUSY',
        endedBy: 'AGENT',
        rawCause: { sipStatus: 486 },
      },
      { callTo: 'sip:agent-accepts@lab', state: 'ANSWERED', cause: 'NORMAL', endedBy: 'STEP' },
    ]);
  });

  it('hears a whisper that is said, and no more where it cannot be said', async () => {
    const said = await bridge('sip:agent-accepts@lab', {
      ringback: { say: 'One moment' },
      whisper: ['tone_stream://%(100,0,440)', { say: 'This is about {{jobId}}' }],
      acceptOn: '1',
      maxDurationSeconds: 0.3,
    });
    expect(said.steps).toMatchObject([{ outcome: 'finished', data: { endedBy: 'maxDuration' } }]);
    const unsaid = { say: 'One moment', language: 'zz' };
    const unheard = await bridge('sip:agent-leaves@lab', { ringback: unsaid, whisper: unsaid });
    expect(unheard.steps).toMatchObject([{ outcome: 'finished', data: { endedBy: 'agentHangUp' } }]);
  });

  it('is the first of several who ring at once; the others ring no longer', async () => {
    const to = ['sip:no-answer@lab', 'sip:agent-leaves@lab', 'sip:no-answer@lab'];
    const ended = await bridge(to, { strategy: 'atOnce' });
    const reached = ended.legs.filter(({ state }) => state === 'ANSWERED');
    expect(reached).toMatchObject([{ callTo: 'sip:agent-leaves@lab', endedBy: 'AGENT' }]);
    const others = ended.legs.filter(({ state }) => state === 'IDLE');
    expect(others).toHaveLength(2);
    for (const { callId, endedBy } of others) {
      expect(endedBy).toBe('STEP');
      expect(seenOf(callId)).toEqual(['INVITE', 'CANCEL', '200', '487', 'ACK']);
    }
  });

  it('is recorded with our side, on the right, and the callee alone on the left', async () => {
    const { id } = await stack.queue.add({
      callTo: 'sip:low@lab',
      recordCall: 'call',
      onAnswered: {
        otherwise: [
          { step: 'play', source: `tone_stream://%(2000,0,${PROMPT_HZ})` },
          { step: 'bridge', to: 'sip:high@lab', ringback: null },
        ],
      },
    });
    const { ended } = await stack.event(id, 'ended');
    const { channels } = await readRecorded(ended.recordings[0]?.path ?? '');
    const heard = channels.map((side) =>
      [LOW_HZ, HIGH_HZ, PROMPT_HZ].map((hz) => amplitudeAt(hz, side) > 1000),
    );
    expect(heard).toEqual([
      [true, false, false],
      [false, true, true],
    ]);
  });

  it('is hung up when the callee hangs up', async () => {
    const ended = await bridge('sip:speaks@lab', { callTo: 'sip:leaves@lab' });
    expect(ended).toMatchObject({ endedBy: 'CALLEE', steps: [{ step: 'bridge', outcome: 'interrupted' }] });
    expect(ended.legs).toMatchObject([{ state: 'ANSWERED', endedBy: 'CALL' }]);
    expect(seenOf(ended.legs[0]?.callId ?? '')).toEqual(['INVITE', '200', 'ACK', 'BYE', '200']);
  });
});

describe.concurrent('agents who do not take the call', () => {
  it.each([
    ['busy', 'sip:busy@lab', { outcome: 'failed', code: 'AGENT_BUSY' }],
    ['noAnswer', 'sip:no-answer@lab', { outcome: 'timeout', code: 'AGENT_NO_ANSWER' }],
    ['rejected', 'sip:rejects@lab', { outcome: 'failed', code: 'AGENT_REJECTED' }],
    ['failed', 'sip:not-found@lab', { outcome: 'failed', code: 'AGENT_FAILED' }],
    ['failed', 'sip:somebody@elsewhere.example', { outcome: 'failed', code: 'AGENT_FAILED' }],
  ] as const)('%s: %s leads to its branch', async (name, to, { outcome, code }) => {
    const ended = await bridge(to, {
      secondsTimeout: name === 'noAnswer' ? 0.5 : 30,
      branches: { [name]: [NOTIFY(name)], unanswered: [NOTIFY('unanswered')] },
    });
    expect(ended.steps[0]).toMatchObject({ step: 'bridge', outcome, error: { code } });
    expect(stepsOf(ended)).toEqual(['bridge', name]);
    expect(ended.legs).toHaveLength(1);
  });

  it('do not press the key, and the plan goes on with what it has for all of them', async () => {
    const ended = await bridge(['sip:agent@lab', 'sip:busy@lab'], {
      acceptOn: '1',
      secondsToAccept: 0.3,
      branches: { unanswered: [NOTIFY('unanswered')] },
    });
    expect(stepsOf(ended)).toEqual(['bridge', 'unanswered']);
    expect(ended.steps[0]?.error?.code).toBe('AGENT_REJECTED');
    expect(ended.legs).toMatchObject([
      { state: 'ANSWERED', cause: 'REJECTED', endedBy: 'STEP' },
      { state: 'IDLE', cause: 'BUSY' },
    ]);
  });
});

it('a call that is cancelled while an agent rings leaves nobody ringing', async () => {
  const { id } = await stack.queue.add({
    callTo: 'sip:mute@lab',
    onAnswered: { otherwise: [{ step: 'bridge', to: 'sip:no-answer@lab' }] },
  });
  for await (const { event } of stack.events.follow({ from: '0', jobId: id })) {
    if (event.type === 'leg' && event.leg.state === 'RINGING') break;
  }
  await stack.queue.cancel(id);
  const { ended } = await stack.event(id, 'ended');
  expect(ended).toMatchObject({ endedBy: 'CANCELLED', legs: [{ state: 'IDLE', endedBy: 'CALL' }] });
  expect(seenOf(ended.legs[0]?.callId ?? '')).toEqual(['INVITE', 'CANCEL', '200', '487', 'ACK']);
});

it('an app bridges its call to an agent, ends that, and keeps the callee', async () => {
  const channel = new CallChannel({ queue: stack.queue, events: stack.events, pollMs: 300 });
  expect(await channel.call('sip:mute@lab')).toBe('ANSWERED');
  const bridged = channel.bridge('sip:speaks@lab', { ringback: null });
  const jobId = channel.details.jobId ?? '';
  for await (const { event } of stack.events.follow({ from: '0', jobId })) {
    if (event.type === 'leg' && event.leg.state === 'BRIDGED') break;
  }
  await channel.unbridge();
  expect(await bridged).toMatchObject({ outcome: 'finished', data: { endedBy: 'unbridged' } });
  expect(await channel.play('tone_stream://%(100,0,440)')).toMatchObject({ outcome: 'finished' });
  await channel.hangUp();
  expect((await stack.event(jobId, 'ended')).ended.legs).toMatchObject([{ endedBy: 'STEP' }]);
});

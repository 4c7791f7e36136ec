import { CallChannel } from '@outdial/client';
import type { CallCommand, CallEvent } from '@outdial/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.close());

const TONE = 'tone_stream://%(100,0,440)';
const LONG_TONE = 'tone_stream://%(20000,0,440)';

async function answeredChannel(callTo: string): Promise<CallChannel> {
  const channel = new CallChannel({ queue: stack.queue, events: stack.events, pollMs: 300 });
  expect(await channel.call(callTo)).toBe('ANSWERED');
  return channel;
}

const endedOf = async (jobId: string) => (await stack.event(jobId, 'ended')).ended;

/** Waits for an event of a job. */
async function until(jobId: string, isIt: (event: CallEvent) => boolean): Promise<void> {
  for await (const { event } of stack.events.follow({ from: '0', jobId })) if (isIt(event)) return;
}

describe('a channel', () => {
  it.concurrent('plays, asks for keys and presses some, as a plan does', async () => {
    const channel = await answeredChannel('sip:presses-1@lab');
    expect(await channel.play([TONE, TONE])).toMatchObject({ step: 'play', outcome: 'finished', index: 1 });
    const prompt = 'tone_stream://%(3000,0,440)';
    expect(await channel.gatherDigits({ prompt, allowed: ['1', '2'] })).toBe('1');
    expect(await channel.sendDigits('42')).toMatchObject({ step: 'sendDigits', outcome: 'finished' });
    expect(await channel.play('/nowhere/missing.wav')).toMatchObject({
      outcome: 'failed',
      error: { code: 'PLAY_FAILED', message: expect.stringContaining('missing.wav') },
    });
    await channel.hangUp();
    const ended = await endedOf(channel.details.jobId ?? '');
    expect(ended.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'hold interrupted',
      'play finished',
      'gather finished',
      'sendDigits finished',
      'play failed',
    ]);
  });

  it.concurrent('stops what it plays, and what another command runs in its place is told too', async () => {
    const channel = await answeredChannel('sip:patient@lab');
    const jobId = channel.details.jobId ?? '';
    const playing = channel.play(LONG_TONE);
    await until(jobId, (event) => event.type === 'stepStarted' && event.step === 'play');
    await channel.stopPlaying();
    expect(await playing).toMatchObject({ outcome: 'interrupted', data: { interruptedBy: 'command' } });
    // Nothing plays: that is no fault.
    await channel.stopPlaying();
    const replaced = channel.play(LONG_TONE);
    await until(jobId, (event) => event.type === 'stepStarted' && event.index === 2);
    expect(await channel.play(TONE)).toMatchObject({ index: 3, outcome: 'finished' });
    expect(await replaced).toMatchObject({ index: 2, outcome: 'interrupted' });
    await channel.hangUp();
  });

  it.concurrent('runs a plan with branches, and the plan may end the call', async () => {
    const channel = await answeredChannel('sip:presses-1@lab');
    const reports = await channel.runPlan([
      {
        step: 'gather',
        prompt: 'tone_stream://%(3000,0,440)',
        into: 'menu',
        branches: { '1': [{ step: 'play', source: TONE }] },
      },
      { step: 'notify', name: 'chosen', data: { menu: '{{digits.menu}}' } },
      { step: 'hangUp' },
    ]);
    expect(reports.map(({ step }) => step)).toEqual(['gather', 'play', 'notify', 'hangUp']);
    expect(await channel.waitForIdle()).toBe('IDLE');
    const { digits, endedBy } = await endedOf(channel.details.jobId ?? '');
    expect(digits).toEqual({ menu: '1' });
    expect(endedBy).toBe('PLAN');
  });

  it.concurrent('refuses what is no step, and any step unless the call is up', async () => {
    const channel = await answeredChannel('sip:patient@lab');
    await expect(channel.play('a file.wav', { loop: 0 })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      issues: [{ path: 'steps.0.source' }, { path: 'steps.0.loop' }],
    });
    const playing = channel.play(LONG_TONE);
    await channel.hangUp();
    expect(['interrupted', undefined]).toContain((await playing)?.outcome);
    await expect(channel.play(TONE)).rejects.toMatchObject({ code: 'CHANNEL_STATE' });
  });
});

describe('commands for a call of somebody else', () => {
  const command = (jobId: string, asked: Record<string, unknown>) =>
    stack.queue.command({ jobId, ...asked } as CallCommand);
  const steps = (source: string) => [
    { step: 'play', source, loop: 1, interruptOn: null, secondsTimeout: 60 },
  ];
  const RUNS = { type: 'runSteps', commandId: 'once', steps: steps(TONE) };

  it.concurrent('are taken once, and the plan goes on after them where no app has the call', async () => {
    const { id } = await stack.queue.add({
      callTo: 'sip:patient@lab',
      onAnswered: {
        otherwise: [
          { step: 'play', source: LONG_TONE },
          { step: 'notify', name: 'rest' },
        ],
      },
    });
    await until(id, ({ type }) => type === 'stepStarted');
    for (let times = 0; times < 3; times++) await command(id, RUNS);
    const { steps: taken, endedBy } = await endedOf(id);
    expect(taken.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'play interrupted',
      'play finished',
      'notify finished',
    ]);
    expect(endedBy).toBe('PLAN');
  });

  it.concurrent('of an app that has the call keep it up, until the app is silent', async () => {
    const { id } = await stack.queue.add({
      callTo: 'sip:patient@lab',
      onAnswered: { otherwise: [{ step: 'notify', name: 'begun' }] },
      onOrphaned: [{ step: 'notify', name: 'orphaned' }],
    });
    await until(id, ({ type }) => type === 'stepEnded');
    await command(id, { type: 'heartbeat', secondsTimeout: 2 });
    await command(id, RUNS);
    const { steps: taken, endedBy } = await endedOf(id);
    expect(endedBy).toBe('ORPHANED');
    expect(taken.map(({ step }) => step)).toEqual(['notify', 'play', 'notify']);
    const lastedMs = (taken[2]?.startedAt ?? 0) - (taken[1]?.startedAt ?? 0);
    expect(lastedMs).toBeGreaterThan(1500);
  });
});

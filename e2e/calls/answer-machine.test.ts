import { CallChannel } from '@outdial/client';
import { ChannelStateError, commandsChannel } from '@outdial/contract';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AnsweringMachines,
  GREETING_MS,
  leaveMessage,
  MESSAGE_MS,
  VOICEMAIL_READY_MS,
} from '../support/answering-machines.js';
import { Recordings } from '../support/recordings.js';
import { Stack } from '../support/stack.js';

/** The moment may be found late on a busy machine, but before the recording ends. */
const RECORDING_ENDS_AFTER_MS = 15_000;
/** Lost frames on a busy machine shorten the audio that the worker receives. */
const SHORTENED_BY_MS = 1000;

function expectMoment(atMs: number | undefined, expectedMs: number): void {
  expect(atMs).toBeGreaterThan(expectedMs - SHORTENED_BY_MS);
  expect(atMs).toBeLessThan(expectedMs + RECORDING_ENDS_AFTER_MS);
}

let recordings: Recordings;
let machines: AnsweringMachines;
let stack: Stack;
beforeAll(async () => {
  recordings = await Recordings.create();
  machines = new AnsweringMachines(recordings);
  stack = await Stack.start({ recordingsDir: recordings.dir });
});
afterAll(async () => {
  await stack.close();
  await recordings.close();
});

function channel(): CallChannel {
  return new CallChannel({ queue: stack.queue, events: stack.events, pollMs: 300 });
}

describe.concurrent('a plan that waits for an answering machine', () => {
  it('leaves its message a second after the beep, then hangs up', async () => {
    const { id } = await stack.queue.add({ callTo: await machines.voicemail(), ...leaveMessage() });
    const waited = await stack.event(id, 'waitEnded');
    expect(waited).toMatchObject({ trigger: 'beep', isReady: true, waitId: null });
    expectMoment(waited.atMs, VOICEMAIL_READY_MS);
    const { at, ended } = await stack.event(id, 'ended');
    expect(ended).toMatchObject({ endedBy: 'PLAN', farEndType: 'ANSWER_MACHINE' });
    expect(at - waited.at).toBeGreaterThan(MESSAGE_MS - 100);
  });

  it('leaves its message after four seconds of silence where there is no beep', async () => {
    const { id } = await stack.queue.add({ callTo: await machines.withoutBeep(), ...leaveMessage() });
    const waited = await stack.event(id, 'waitEnded');
    expect(waited).toMatchObject({ trigger: 'silence', isReady: true });
    expectMoment(waited.atMs, GREETING_MS + 4000);
  });

  it('hangs up without a message when the moment does not come in time', async () => {
    const { id } = await stack.queue.add({
      callTo: await machines.endless(),
      ...leaveMessage({ secondsTimeout: 1 }, 'tone_stream://%(60000,0,620)'),
      // Playing the message would take longer than that.
      maxDurationSeconds: 40,
    });
    const waited = await stack.event(id, 'waitEnded');
    expect(waited).toMatchObject({ trigger: 'timeout', isReady: false });
    const { ended } = await stack.event(id, 'ended');
    expect(ended).toMatchObject({ endedBy: 'PLAN', cause: 'NORMAL' });
  });

  it('goes on without the moment when the job says so', async () => {
    const wait = { secondsTimeout: 1, onTimeout: 'continue' } as const;
    const { id } = await stack.queue.add({ callTo: await machines.endless(), ...leaveMessage(wait) });
    const waited = await stack.event(id, 'waitEnded');
    expect(waited.trigger).toBe('timeout');
    const { at } = await stack.event(id, 'ended');
    expect(at - waited.at).toBeGreaterThan(MESSAGE_MS - 100);
  });

  it('also works without live speaker detection', async () => {
    const { id } = await stack.queue.add({
      callTo: await machines.voicemail(),
      onAnswered: { otherwise: [{ step: 'waitForAnswerMachine' }] },
    });
    const waited = await stack.event(id, 'waitEnded');
    expect(waited).toMatchObject({ trigger: 'beep', isReady: true });
    // It has listened from the wait on, and not from the answer.
    expect(waited.atMs).toBeLessThan(VOICEMAIL_READY_MS + RECORDING_ENDS_AFTER_MS);
    expect((await stack.eventsOf(id)).map(({ type }) => type)).not.toContain('verdict');
  });

  it('tells of no end when the call ends first', async () => {
    const callTo = await machines.short();
    const { id } = await stack.queue.add({ callTo, ...leaveMessage(), maxDurationSeconds: 6 });
    const events = await stack.eventsOf(id);
    expect(events.map(({ type }) => type)).not.toContain('waitEnded');
    expect(events.at(-1)).toMatchObject({ ended: { endedBy: 'MAX_DURATION' } });
  });
});

describe.concurrent('CallChannel.waitForAnswerMachine', () => {
  it('resolves with true when a message may be left', async () => {
    const call = channel();
    expect(await call.call(await machines.voicemail(), { liveSpeakerDetect: 'DEFAULT' })).toBe('ANSWERED');
    expect(call.details.farEndType).toBe('ANSWER_MACHINE');
    expect(await call.waitForAnswerMachine()).toBe(true);
    expect(call.details.wait).toMatchObject({ trigger: 'beep' });
    expectMoment(call.details.wait?.atMs, VOICEMAIL_READY_MS);
    expect(call.state).toBe('ANSWERED');
    await call.hangUp();
  });

  it('resolves with false when its time is over first', async () => {
    const call = channel();
    await call.call(await machines.endless());
    expect(await call.waitForAnswerMachine({ secondsTimeout: 0.5 })).toBe(false);
    expect(call.details.wait).toMatchObject({ trigger: 'timeout', isReady: false });
    await call.hangUp();
  });

  it('resolves with false when the call ends first', async () => {
    const call = channel();
    await call.call(await machines.endless(), { maxDurationSeconds: 1 });
    expect(await call.waitForAnswerMachine({ secondsTimeout: null })).toBe(false);
    expect(call.state).toBe('IDLE');
    expect(call.details.wait).toBeNull();
  });

  it('rejects unless the state is ANSWERED, and for parameters that make no sense', async () => {
    const call = channel();
    await expect(call.waitForAnswerMachine()).rejects.toBeInstanceOf(ChannelStateError);
    await call.startCall('sip:no-answer@lab');
    await expect(call.waitForAnswerMachine()).rejects.toMatchObject({ code: 'CHANNEL_STATE' });
    await call.hangUp();
    await call.call(await machines.endless());
    await expect(call.waitForAnswerMachine({ secondsTimeout: -1 })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      issues: [{ path: 'secondsTimeout' }],
    });
    await call.hangUp();
  });

  it('asks again when the worker did not hear it the first time', async () => {
    const redis = new Redis(stack.redis.url);
    const call = channel();
    await call.call(await machines.voicemail(), { liveSpeakerDetect: 'DEFAULT' });
    // The worker's subscription is gone, until it has made another.
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    expect(await call.waitForAnswerMachine()).toBe(true);
    await call.hangUp();
    redis.disconnect();
  });

  it('is begun once, however often it is asked for, and its end is told again', async () => {
    const redis = new Redis(stack.redis.url);
    const { id } = await stack.queue.add({
      callTo: await machines.endless(),
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: 2500 }] },
    });
    const { workerId } = await stack.event(id, 'answered');
    const parameters = {
      millisecondsMinBeepDuration: 180,
      millisecondsPostBeepSilence: 1000,
      millisecondsNoBeepSilence: 4000,
      secondsTimeout: 1,
    };
    const command = { type: 'waitForAnswerMachine', jobId: id, waitId: 'wait-1', parameters };
    const ask = () => redis.publish(commandsChannel('{outdial}', workerId), JSON.stringify(command));
    await Promise.all([ask(), ask(), redis.publish(commandsChannel('{outdial}', workerId), 'nonsense')]);
    const first = await stack.event(id, 'waitEnded');
    await ask();
    const ends = (await stack.eventsOf(id)).filter(({ type }) => type === 'waitEnded');
    expect(ends).toHaveLength(2);
    expect(ends[1]).toMatchObject({ waitId: 'wait-1', trigger: 'timeout', atMs: first.atMs });
    redis.disconnect();
  });
});

describe.concurrent('a verdict', () => {
  it('that a beep contradicts is revised everywhere: channel, events and ended record', async ({
    expect,
  }) => {
    const call = channel();
    expect(await call.call(await machines.lifelike(), { liveSpeakerDetect: 'DEFAULT' })).toBe('ANSWERED');
    expect(call.details.farEndType).toBe('LIVE');
    const jobId = call.details.jobId ?? '';
    expect(await stack.event(jobId, 'revised')).toMatchObject({
      verdict: { farEndType: 'ANSWER_MACHINE', evidence: 'the beep of an answering machine' },
    });
    await expect.poll(() => call.details.farEndType).toBe('ANSWER_MACHINE');
    await call.hangUp();
    expect(call.details.farEndType).toBe('ANSWER_MACHINE');
    const { ended } = await stack.event(jobId, 'ended');
    expect(ended).toMatchObject({ farEndType: 'ANSWER_MACHINE', verdict: { kind: 'voicemail' } });
    const { result } = await stack.event(jobId, 'result');
    expect(result.farEndType).toBe('LIVE');
  });

  it('that is revised while the steps for a person run starts those for a machine', async ({ expect }) => {
    const { id } = await stack.queue.add({
      callTo: await machines.lifelike(),
      liveSpeakerDetect: 'DEFAULT',
      onAnswered: {
        LIVE: [{ step: 'hold', milliseconds: null }],
        ANSWER_MACHINE: [{ step: 'hold', milliseconds: 100 }],
      },
    });
    const { ended } = await stack.event(id, 'ended');
    expect(ended).toMatchObject({
      endedBy: 'PLAN',
      farEndType: 'ANSWER_MACHINE',
      steps: [
        { index: 0, step: 'hold', outcome: 'interrupted' },
        { index: 1, step: 'hold', outcome: 'finished' },
      ],
    });
  });

  it('of UNKNOWN is treated as a person by a job that says nothing of it', async () => {
    const { id } = await stack.queue.add({
      callTo: 'sip:mute@lab',
      liveSpeakerDetect: 'DEFAULT',
      lsdTimeoutMilliseconds: 1000,
      onAnswered: { LIVE: [{ step: 'hold', milliseconds: 1500 }], ANSWER_MACHINE: [{ step: 'hangUp' }] },
    });
    const { result } = await stack.event(id, 'result');
    expect(result).toMatchObject({ state: 'ANSWERED', farEndType: 'UNKNOWN' });
    const { ended } = await stack.event(id, 'ended');
    expect(ended.steps).toMatchObject([{ step: 'hold', outcome: 'finished' }]);
  });

  it.each([
    ['its own steps', { LIVE: [{ step: 'hold', milliseconds: null }], UNKNOWN: [] }],
    ['the otherwise steps', { LIVE: [{ step: 'hold', milliseconds: null }], otherwise: [] }],
  ] as const)('of UNKNOWN ends the call when %s say so', async (_, onAnswered) => {
    const { id } = await stack.queue.add({
      callTo: 'sip:mute@lab',
      liveSpeakerDetect: 'DEFAULT',
      lsdTimeoutMilliseconds: 1000,
      onAnswered: { ...onAnswered, LIVE: [...onAnswered.LIVE] } as never,
    });
    expect((await stack.event(id, 'ended')).ended).toMatchObject({ endedBy: 'PLAN', farEndType: 'UNKNOWN' });
  });
});

it.concurrent('a verdict is given from the real answer on, where the time is not to count in-band ringing', async ({
  expect,
}) => {
  const callTo = 'sip:ringback@lab';
  const [fromAnswer, fromConnect] = await Promise.all([
    stack.call({ callTo, liveSpeakerDetect: 'TIMEOUT_FROM_ANSWER_DETECT', lsdTimeoutMilliseconds: 4000 }),
    stack.call({ callTo, liveSpeakerDetect: 'TIMEOUT_FROM_NETWORK_CONNECT', lsdTimeoutMilliseconds: 4000 }),
  ]);
  expect(fromAnswer).toMatchObject({ farEndType: 'LIVE' });
  expect(fromAnswer.verdict?.decidedAfterMs).toBeGreaterThan(4000);
  expect(fromConnect).toMatchObject({ farEndType: 'UNKNOWN' });
  expect(fromConnect.verdict?.decidedAfterMs).toBeLessThanOrEqual(4000);
});

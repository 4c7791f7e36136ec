import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallChannel } from '@outdial/client';
import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FullDisk } from '../support/full-disk.js';
import { loudMs, loudParts, readRecorded } from '../support/recorded-file.js';
import { Stack } from '../support/stack.js';

const MESSAGE_MS = 1500;

let stack: Stack;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outdial-recordings-'));
  stack = await Stack.start({
    withWorker: false,
    scripts: {
      // Leaves a message after the beep.
      'leaves-a-message': async (call) => {
        await call.answer();
        await call.hearPrompt();
        await call.pause(400);
        await call.play(tone(MESSAGE_MS, 700));
        await call.press('5#');
        await call.untilOver();
      },
      'says-hello': async (call, { nextHello }) => {
        await call.answer();
        await call.hearPrompt();
        await call.pause(400);
        await call.play(nextHello());
        await call.untilOver();
      },
      // Says something, and something else once it has heard a prompt.
      'talks-twice': async (call) => {
        await call.answer();
        await call.play(tone(MESSAGE_MS, 700));
        await call.hearPrompt();
        await call.pause(1000);
        await call.play(tone(500, 700));
        await call.untilOver();
      },
      // Says something, says what must not be kept once it is asked (5), and something again (6). Keys tell when it has.
      'says-a-card': async (call) => {
        await call.answer();
        for (const [keys, ms, key] of [
          [0, 700, '1'],
          [1, 1500, '2'],
          [2, 300, '3'],
        ] as const) {
          if (keys > 0) await call.hearDigits(keys);
          await call.play(tone(ms, 700));
          await call.pause(400);
          await call.press(key);
        }
        await call.untilOver();
      },
      'leaves-in-between': async (call) => {
        await call.answer();
        await call.hearPrompt();
        await call.pause(400);
        await call.play(tone(MESSAGE_MS, 700));
      },
    },
  });
  const { telephony } = stack.configuration();
  await stack.startWorker({ telephony: { ...telephony, recordings: { directory } } });
});
afterAll(async () => {
  await stack.close();
  await rm(directory, { recursive: true });
});

type Steps = NonNullable<NonNullable<CallJobInput['onAnswered']>['otherwise']>;

async function endedCall(
  callTo: string,
  steps: Steps,
  more: Partial<CallJobInput> = {},
): Promise<EndedRecord> {
  const { id } = await stack.queue.add({ callTo, onAnswered: { otherwise: steps }, ...more });
  return (await stack.event(id, 'ended')).ended;
}

const PROMPT_MS = 400;
const prompt = { step: 'play', source: `tone_stream://%(${PROMPT_MS},0,440)` } as const;

describe('a recording', () => {
  it.concurrent('holds what the callee says, until the finishing key', async () => {
    const ended = await endedCall('sip:leaves-a-message@lab', [{ step: 'record', name: 'message' }]);
    const path = join(directory, `${ended.jobId}-message.wav`);
    const { channels, ms } = await readRecorded(path);
    expect(channels).toHaveLength(1);
    expect(Math.abs(loudMs(channels[0]) - MESSAGE_MS)).toBeLessThan(150);
    expect(ended.steps).toMatchObject([
      { step: 'record', outcome: 'finished', data: { name: 'message', endedBy: 'key' } },
    ]);
    expect(ended.recordings).toEqual([
      {
        ...{ name: 'message', path, workerId: ended.workerId, durationMs: Math.round(ms) },
        ...{ isComplete: true, error: null },
      },
    ]);
  });

  it.concurrent('is complete when the callee hangs up in between', async () => {
    const ended = await endedCall('sip:leaves-in-between@lab', [{ step: 'record', name: 'message' }]);
    expect(ended.endedBy).toBe('CALLEE');
    expect(ended.steps).toMatchObject([{ step: 'record', outcome: 'interrupted' }]);
    expect(ended.recordings).toMatchObject([{ name: 'message', isComplete: true, error: null }]);
    const { channels } = await readRecorded(ended.recordings[0]?.path ?? '');
    // FreeSWITCH may still hold the last frames when the call ends.
    expect(loudMs(channels[0])).toBeGreaterThan(MESSAGE_MS - 250);
  });

  it.concurrent('ends once the callee has been silent for as long as it says', async () => {
    const ended = await endedCall('sip:says-hello@lab', [
      { step: 'record', name: 'reply', secondsSilence: 2, finishKey: null },
    ]);
    expect(ended.steps).toMatchObject([{ outcome: 'finished', data: { endedBy: 'silence' } }]);
    const { channels } = await readRecorded(ended.recordings[0]?.path ?? '');
    expect(loudMs(channels[0])).toBeGreaterThan(100);
  });

  it.concurrent('ends at its maximum, and a second one of its name has a file of its own', async () => {
    const step: Steps[number] = { step: 'record', name: 'note', beep: false, secondsMax: 0.4 };
    const ended = await endedCall('sip:human@lab', [step, step]);
    expect(ended.steps).toMatchObject([{ data: { endedBy: 'maximum' } }, { data: { endedBy: 'maximum' } }]);
    const files = (await readdir(directory)).filter((file) => file.startsWith(ended.jobId));
    expect(files.sort()).toEqual([`${ended.jobId}-note-2.wav`, `${ended.jobId}-note.wav`]);
    expect(ended.recordings.map(({ isComplete }) => isComplete)).toEqual([true, true]);
  });
});

describe('the recording of a call', () => {
  it.concurrent('has the callee on the left and our side on the right, from the answer to the end', async () => {
    const ended = await endedCall(
      'sip:talks-twice@lab',
      [{ step: 'hold', milliseconds: MESSAGE_MS + 500 }, prompt, { step: 'hold', milliseconds: 2500 }],
      { recordCall: 'call' },
    );
    const path = join(directory, `${ended.jobId}-call.wav`);
    expect(ended.recordings).toMatchObject([{ name: 'call', path, isComplete: true, error: null }]);
    const { channels, ms } = await readRecorded(path);
    const [callee, own] = channels.map(loudParts);
    expect([callee?.length, own?.length]).toEqual([2, 1]);
    // What it says at once is there from its beginning; FreeSWITCH has to connect its fork first.
    if (process.env.OUTDIAL_TEST_MEDIA === 'worker')
      expect(callee?.[0]?.ms).toBeGreaterThan(MESSAGE_MS - 100);
    // It answers what it hears: the sides keep their time.
    const [first, second] = [callee?.[0]?.atMs ?? 0, callee?.[1]?.atMs ?? 0];
    expect(own?.[0]?.atMs).toBeGreaterThan(first + MESSAGE_MS);
    expect(own?.[0]?.atMs).toBeLessThan(second - 500);
    expect(Math.abs((own?.[0]?.ms ?? 0) - PROMPT_MS)).toBeLessThan(100);
    expect(ms).toBeGreaterThan(ended.durationMs - 1000);
  });

  it.concurrent('holds nothing of what was said while an app had it paused', async () => {
    const channel = new CallChannel({ queue: stack.queue, events: stack.events, pollMs: 300 });
    expect(await channel.call('sip:says-a-card@lab', { recordCall: 'call' })).toBe('ANSWERED');
    const says = () => channel.gatherDigits({ secondsTimeout: 30 });
    expect(await says()).toBe('1');
    expect(await channel.pauseRecording()).toMatchObject({ step: 'pauseRecording', outcome: 'finished' });
    await channel.sendDigits('5');
    expect(await says()).toBe('2');
    expect(await channel.resumeRecording()).toMatchObject({ step: 'resumeRecording', outcome: 'finished' });
    await channel.sendDigits('6');
    expect(await says()).toBe('3');
    await channel.hangUp();
    const { ended } = await stack.event(channel.details.jobId ?? '', 'ended');
    const [callee] = (await readRecorded(ended.recordings[0]?.path ?? '')).channels;
    // What was said last, and of what was said first as much as came after the recording had begun.
    expect(loudMs(callee)).toBeGreaterThan(250);
    expect(loudMs(callee)).toBeLessThan(1200);
  });

  it.concurrent('of which there is none cannot be paused by an app', async () => {
    const channel = new CallChannel({ queue: stack.queue, events: stack.events, pollMs: 300 });
    expect(await channel.call('sip:patient@lab')).toBe('ANSWERED');
    const error = { code: 'RECORDING_FAILED' };
    expect(await channel.pauseRecording()).toMatchObject({ index: 1, outcome: 'failed', error });
    expect(await channel.play('tone_stream://%(100,0,440)')).toMatchObject({ index: 2 });
    await channel.hangUp();
  });

  it.concurrent('holds nothing of what was said while it was paused, and goes on beside a recording of a step', async () => {
    const quiet = { step: 'hold', milliseconds: 300 } as const;
    const ended = await endedCall(
      'sip:human@lab',
      [
        ...([prompt, quiet, { step: 'pauseRecording' }, prompt, quiet, { step: 'resumeRecording' }] as const),
        ...([prompt, { step: 'record', name: 'note', beep: false, secondsMax: 0.3 }] as const),
      ],
      { recordCall: 'call' },
    );
    expect(ended.steps.map(({ outcome }) => outcome)).toEqual(Array(8).fill('finished'));
    const events = await stack.eventsOf(ended.jobId);
    const told = events.flatMap((event) =>
      event.type === 'recordingStarted' || event.type === 'recordingEnded' ? [[event.type, event.name]] : [],
    );
    expect(told).toEqual([
      ['recordingStarted', 'call'],
      ['recordingStarted', 'note'],
      ['recordingEnded', 'note'],
      ['recordingEnded', 'call'],
    ]);
    const { channels } = await readRecorded(join(directory, `${ended.jobId}-call.wav`));
    const heard = loudParts(channels[1]);
    expect(Math.abs(loudMs(channels[1]) - 2 * PROMPT_MS)).toBeLessThan(150);
    expect((heard.at(-1)?.atMs ?? 0) - (heard[0]?.atMs ?? 0)).toBeGreaterThan(2 * PROMPT_MS + 500);
  });

  it.concurrent('that the disk has no room for is told, and the call goes on', async () => {
    const id = 'no-room';
    const disk = await FullDisk.make([`${id}-call.wav.part`, `${id}-note.wav.part`]);
    const { telephony } = stack.configuration();
    const lane = 'full-disk';
    const worker = await stack.startWorker({
      lanes: { [lane]: { concurrency: 1 } },
      telephony: { ...telephony, recordings: { directory: disk.directory } },
    });
    const hold = { step: 'hold', milliseconds: 4000 } as const;
    const note = { step: 'record', name: 'note', beep: false, secondsMax: 1 } as const;
    const ended = await endedCall('sip:human@lab', [hold, note, prompt], { id, lane, recordCall: 'call' });
    const full = { code: 'RECORDING_FAILED', message: expect.stringContaining('ENOSPC') };
    expect(ended).toMatchObject({
      ...{ endedBy: 'PLAN', error: null },
      steps: [{ outcome: 'finished' }, { outcome: 'failed', error: full }, { outcome: 'finished' }],
      recordings: [
        { name: 'call', isComplete: false, error: full },
        { name: 'note', isComplete: false, error: full },
      ],
    });
    const told = (await stack.eventsOf(id)).filter(({ type }) => type === 'recordingEnded');
    expect(told).toMatchObject([
      { name: 'call', error: full },
      { name: 'note', error: full },
    ]);
    const metrics = await (await fetch(`http://127.0.0.1:${worker.healthPort}/metrics`)).text();
    expect(metrics).toContain('outdial_recordings_total{complete="false",error="RECORDING_FAILED"} 2');
    if (disk.isMounted) {
      const { ms } = await readRecorded(join(disk.directory, `${id}-call.wav.part`));
      expect(ms).toBeGreaterThan(500);
    }
    await disk.close();
  });
});

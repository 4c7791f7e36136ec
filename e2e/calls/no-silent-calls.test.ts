import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallEvent, CallResult, EndedRecord, PlanStepInput } from '@outdial/contract';
import { Bot } from '@outdial/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack } from '../support/stack.js';

/** Whatever a call cannot carry out is told in its result or its steps, in an event, and in a metric. */
let stack: Stack;
let sounds: string;
let bot: Bot;
let metrics: () => Promise<string>;
beforeAll(async () => {
  sounds = await mkdtemp(join(tmpdir(), 'outdial-sounds-'));
  await writeFile(join(sounds, 'notes.wav'), 'these are no samples');
  bot = await Bot.start({ refuses: 403 });
  stack = await Stack.start({ withWorker: false });
  const { telephony } = stack.configuration();
  const { healthPort } = await stack.startWorker({
    telephony: {
      ...telephony,
      media: 'worker',
      sounds: { directory: sounds, allowedHosts: ['sounds.example.com'] },
      streams: { allowedHosts: ['127.0.0.1'] },
    },
  });
  metrics = async () => (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
});
afterAll(async () => {
  await stack.close();
  bot.close();
  await rm(sounds, { recursive: true });
});

interface Told {
  result: CallResult;
  events: CallEvent[];
  ended: EndedRecord | undefined;
}

/** Calls somebody with this step, and collects what is told of it. */
async function call(step: PlanStepInput): Promise<Told> {
  const { id } = await stack.queue.add({ callTo: 'sip:mute@lab', onAnswered: { otherwise: [step] } });
  const result = await stack.inbox.of(id);
  const events: CallEvent[] = [];
  const last = result.state === 'ANSWERED' ? 'ended' : 'result';
  for await (const { event } of stack.events.follow({ from: '0', jobId: id })) {
    events.push(event);
    if (event.type === last) break;
  }
  return { result, events, ended: events.find((event) => event.type === 'ended')?.ended };
}

describe('a step that cannot be carried out', () => {
  it.each<[string, PlanStepInput, string, string]>([
    ['missing file', { step: 'play', source: 'missing.wav' }, 'PLAY_FAILED', 'SOURCE_MISSING'],
    ['bad format', { step: 'play', source: 'notes.wav' }, 'PLAY_FAILED', 'SOURCE_FORMAT'],
    [
      'prompt of a gather missing',
      { step: 'gather', prompt: 'missing.wav' },
      'PLAY_FAILED',
      'SOURCE_MISSING',
    ],
    ['bot refuses', { step: 'stream', url: 'BOT' }, 'STREAM_REFUSED', '403'],
    ['agent busy', { step: 'bridge', to: 'sip:busy@lab' }, 'AGENT_BUSY', 'free'],
  ])('%s: the call is answered, and its step fails', async (_, asked, code, reason) => {
    const step: PlanStepInput = asked.step === 'stream' ? { ...asked, url: bot.url } : asked;
    const counted = `outdial_steps_total{step="${step.step}",outcome="failed",error="${code}"}`;
    const before = countOf(await metrics(), counted);
    const { result, events, ended } = await call(step);
    expect(result).toMatchObject({ state: 'ANSWERED', cause: 'NORMAL', error: null });
    const failure = {
      step: step.step,
      outcome: 'failed',
      error: { code, message: expect.stringContaining(reason) },
    };
    expect(events.filter(({ type }) => type === 'stepEnded')).toMatchObject([failure]);
    expect(ended?.steps).toMatchObject([failure]);
    expect(countOf(await metrics(), counted)).toBe(before + 1);
  });
});

describe('what is known before the dial', () => {
  it.each<[string, PlanStepInput, string]>([
    [
      'host of a source not allowed',
      { step: 'play', source: 'https://elsewhere.example.com/hello.wav' },
      'elsewhere.example.com is not one of the allowed hosts',
    ],
    [
      'host of a bot not allowed',
      { step: 'stream', url: 'wss://elsewhere.example.com/talk' },
      'elsewhere.example.com is not one of the allowed hosts',
    ],
    ['file outside of the directory', { step: 'play', source: '../secret.wav' }, '../secret.wav'],
  ])('%s: nobody is rung, and the result says why', async (_, step, reason) => {
    const counted = 'error="UNSUPPORTED_BY_MEDIA"';
    const before = countOf(await metrics(), counted);
    const { result, events } = await call(step);
    expect(result).toMatchObject({
      state: 'ERROR',
      cause: 'ERROR',
      callId: null,
      rang: false,
      error: { code: 'UNSUPPORTED_BY_MEDIA', message: expect.stringContaining(reason) },
    });
    expect(events.map(({ type }) => type)).toEqual(['result']);
    await expect.poll(async () => countOf(await metrics(), counted)).toBe(before + 1);
  });
});

/** The sum of the samples whose name and labels have this text. */
function countOf(text: string, sample: string): number {
  const lines = text.split('\n').filter((line) => !line.startsWith('#') && line.includes(sample));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

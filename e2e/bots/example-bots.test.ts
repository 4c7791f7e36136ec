import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EndedRecord } from '@outdial/contract';
import { tone } from '@outdial/testkit/sounds';
import { afterAll, beforeAll, it } from 'vitest';
import { FakeModel } from '../support/fake-model.js';
import { Stack } from '../support/stack.js';

/** 100 ms of a mu-law signal that is not silent. */
const NOISE = Uint8Array.from({ length: 800 }, (_, n) => n % 100);
const SPEECH_MS = 700;
/** The makers of media, each with a worker and a lane of its name. */
const MEDIA = ['worker', 'freeswitch'] as const;
type Media = (typeof MEDIA)[number];

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    withWorker: false,
    scripts: {
      // Says something, interrupts the answer, hears the next one to its end, and presses #.
      converses: async (call) => {
        await call.answer();
        await call.play(tone(SPEECH_MS, 500));
        await call.hearPrompt();
        await call.pause(100);
        await call.play(tone(SPEECH_MS, 500));
        await call.hearPrompt();
        await call.pause(SPEECH_MS + 300);
        await call.press('#');
        await call.untilOver();
      },
    },
  });
  const { telephony } = stack.configuration();
  const streams = { allowedHosts: ['127.0.0.1'] };
  for (const media of MEDIA)
    await stack.startWorker({
      lanes: { [media]: { concurrency: 10 } },
      telephony: { ...telephony, media, streams },
    });
});
const bots: ChildProcess[] = [];
afterAll(async () => {
  for (const bot of bots) bot.kill();
  await stack.close();
});

/** Starts an example on a free port; resolves with its address and, as they come, with the lines that it prints. */
async function start(example: string, env: Record<string, string> = {}) {
  const file = fileURLToPath(new URL(`../../examples/${example}.mjs`, import.meta.url));
  const bot = spawn(process.execPath, [file, '0'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  bots.push(bot);
  const lines: string[] = [];
  const reader = createInterface({ input: bot.stdout });
  const [first] = (await once(reader, 'line')) as [string];
  reader.on('line', (line) => lines.push(line));
  return { url: /ws:\S+/.exec(first)?.[0] as string, lines };
}

async function call(lane: Media, callTo: string, url: string, secondsTimeout: number): Promise<string> {
  const onAnswered = { otherwise: [{ step: 'stream', url, secondsTimeout } as const] };
  return (await stack.queue.add({ callTo, onAnswered, lane })).id;
}

const ended = async (id: string): Promise<EndedRecord> => (await stack.event(id, 'ended')).ended;

it.concurrent.for(MEDIA)('the echo bot says what it hears, on media of %s', async (media, { expect }) => {
  const { url } = await start('echo-bot');
  const id = await call(media, 'sip:human@lab', url, 3);
  const [step] = (await ended(id)).steps;
  expect(step).toMatchObject({ step: 'stream', outcome: 'timeout', data: { droppedMs: 0, skippedMs: 0 } });
  expect(step?.data?.sentMs).toBeGreaterThan(0);
  expect(step?.data?.playedMs).toBeGreaterThan(0);
});

it.concurrent.for(MEDIA)(
  'the turn-taking bot repeats what it hears, breaks off when it is interrupted, and hangs up on #, on media of %s',
  async (media, { expect }) => {
    const { url, lines } = await start('turn-taking-bot');
    const id = await call(media, 'sip:converses@lab', url, 30);
    const { steps } = await ended(id);
    expect(steps).toMatchObject([{ step: 'stream', outcome: 'finished', data: { droppedMs: 0 } }]);
    await expect
      .poll(() => lines.map((line) => line.replaceAll(/\d+/g, 'n')))
      .toEqual([
        'the callee spoke for n ms',
        'interrupted after n ms',
        'the callee spoke for n ms',
        'finished after n ms',
      ]);
    const [spoke = 0, interrupted = 0] = lines.map((line) => Number(/\d+/.exec(line)?.[0]));
    expect(interrupted).toBeLessThan(spoke);
    expect(steps[0]?.data?.clearedMs).toBeGreaterThan(0);
  },
);

it.concurrent.for(MEDIA)(
  "the bot of OpenAI's agents hears, answers, and is interrupted, on media of %s",
  async (media, { expect }) => {
    const model = await FakeModel.start();
    const env = { OPENAI_API_KEY: 'none', OPENAI_REALTIME_URL: model.url };
    const { url, lines } = await start('openai-agent/bot', env);
    const id = await call(media, 'sip:patient@lab', url, 5);
    await model.until(({ session }) => session?.audio?.output.format.type === 'audio/pcmu');
    const { audio } = await model.until(({ type }) => type === 'input_audio_buffer.append');
    expect(Buffer.from(audio, 'base64')).toHaveLength(160);
    // A second is said in ten pieces, each with a mark; then the callee speaks.
    for (let n = 0; n < 10; n++) model.answer(NOISE);
    model.hearSpeech();
    const { audio_end_ms } = await model.until(({ type }) => type === 'conversation.item.truncate');
    expect(audio_end_ms).toBeLessThan(1000);
    await expect.poll(() => lines).toEqual(['a call, answered by UNKNOWN']);
    const [step] = (await ended(id)).steps;
    expect(step).toMatchObject({ step: 'stream', outcome: 'timeout' });
    expect(step?.data?.playedMs).toBeLessThan(1000);
    expect(step?.data?.clearedMs).toBeGreaterThan(0);
    model.close();
  },
);

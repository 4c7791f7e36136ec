import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallJobInput, EndedRecord } from '@outdial/contract';
import { Bot, type BotCall, type Script } from '@outdial/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecorded } from '../support/recorded-file.js';
import { Stack } from '../support/stack.js';

/** A mu-law signal of which every sample is loud. */
const words = (milliseconds: number) =>
  Uint8Array.from({ length: 8 * milliseconds }, (_, n) => (n % 8 < 4 ? 0x10 : 0x90));

/** How many ms of it were heard, with whatever gaps a busy machine makes. */
const wordsMs = (pcm: Int16Array = new Int16Array()) =>
  pcm.filter((sample) => Math.abs(sample) > 4000).length / 8;

/** What each of the callees has heard, by its name. */
const heard = new Map<string, Int16Array>();

/** Listens to the end of the call, and presses a key once it has heard so many ms of words. */
function listener(name: string, pressesAfterMs: number | null = null): Script {
  return async (call) => {
    await call.answer();
    let all = new Int16Array();
    let hasPressed = false;
    await call.hear((pcm) => {
      all = Int16Array.of(...all, ...pcm);
      heard.set(name, all);
      if (pressesAfterMs === null || hasPressed || wordsMs(all) < pressesAfterMs) return false;
      hasPressed = true;
      // It rejects when the call is over.
      call.press('1').catch(() => undefined);
      return false;
    });
  };
}

/** Puts the call on hold once it has heard some words, and takes it off a second later. */
const holds: Script = async (call) => {
  await call.answer();
  let all = new Int16Array();
  const isEnough = async (ms: number) =>
    call.hear((pcm) => {
      all = Int16Array.of(...all, ...pcm);
      heard.set('holds', all);
      return wordsMs(all) >= ms;
    });
  await isEnough(500);
  await call.hold();
  await call.pause(1000);
  await call.hold(false);
  await isEnough(Number.POSITIVE_INFINITY);
};

let stack: Stack;
let directory: string;
const bots: Bot[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outdial-recordings-'));
  const names = ['pieces', 'recorded', 'l16'];
  stack = await Stack.start({
    withWorker: false,
    scripts: {
      ...Object.fromEntries(names.map((name) => [name, listener(name)])),
      interrupts: listener('interrupts', 500),
      holds,
    },
  });
  const { telephony } = stack.configuration();
  const streams = { allowedHosts: ['127.0.0.1'] };
  await stack.startWorker({ telephony: { ...telephony, streams, recordings: { directory } } });
});
afterAll(async () => {
  await stack.close();
  await rm(directory, { recursive: true });
  for (const bot of bots) bot.close();
});

type Streamed = Extract<
  NonNullable<NonNullable<CallJobInput['onAnswered']>['otherwise']>[number],
  { step: 'stream' }
>;

/** A call whose only step is a bot, which talks. */
async function talk(
  callee: string,
  act: (bot: BotCall) => Promise<void>,
  { step, ...job }: Partial<CallJobInput> & { step?: Partial<Streamed> } = {},
): Promise<EndedRecord> {
  const bot = await Bot.start();
  bots.push(bot);
  const otherwise = [{ step: 'stream', url: bot.url, ...step }] as const;
  const { id } = await stack.queue.add({
    callTo: `sip:${callee}@lab`,
    onAnswered: { otherwise: [...otherwise] },
    ...job,
  });
  const call = await bot.call();
  await call.event('start');
  await act(call);
  return (await stack.event(id, 'ended')).ended;
}

describe('a callee', () => {
  it.concurrent('hears all that a bot has said before it closed, whatever the pieces are', async () => {
    const { steps } = await talk('pieces', async (bot) => {
      for (let n = 0; n < 4; n++) bot.say(words(137));
      bot.socket.close(1000);
    });
    expect(steps).toMatchObject([{ outcome: 'finished', data: { playedMs: 548, clearedMs: 0 } }]);
    expect(Math.abs(wordsMs(heard.get('pieces')) - 548)).toBeLessThan(20);
  });

  it.concurrent('hears 16-bit samples', async () => {
    const { steps } = await talk(
      'l16',
      async (bot) => {
        const pcm = Int16Array.from({ length: 16 * 300 }, (_, n) => (n % 32 < 16 ? 9000 : -9000));
        bot.socket.send(Buffer.from(pcm.buffer));
        bot.socket.close(1000);
      },
      { step: { protocol: 'l16', sampleRate: 16_000 } },
    );
    expect(steps).toMatchObject([{ outcome: 'finished', data: { playedMs: 300 } }]);
    expect(Math.abs(wordsMs(heard.get('l16')) - 300)).toBeLessThan(20);
  });

  it.concurrent('that interrupts has heard what the mark tells, and no more', async () => {
    let told = { played: 0, cleared: 0 };
    await talk('interrupts', async (bot) => {
      bot.say(words(4000));
      bot.sayMark('said');
      await bot.event('dtmf');
      bot.send({ event: 'clear' });
      told = (await bot.mark('said')).mark;
      bot.socket.close(1000);
    });
    expect(told.played + told.cleared).toBe(4000);
    expect(told.played).toBeGreaterThan(400);
    expect(Math.abs(wordsMs(heard.get('interrupts')) - told.played)).toBeLessThan(30);
  });

  it.concurrent('that puts the call on hold hears the rest afterwards', async () => {
    const { steps } = await talk('holds', async (bot) => {
      bot.say(words(2500));
      bot.socket.close(1000);
    });
    expect(steps).toMatchObject([{ outcome: 'finished', data: { playedMs: 2500 } }]);
    // What is on its way when the hold begins is lost.
    expect(wordsMs(heard.get('holds'))).toBeGreaterThan(2000);
  });

  it.concurrent('and the bot are in a recording that began before the bot', async () => {
    const { jobId } = await talk(
      'recorded',
      async (bot) => {
        // What it says first may come before the recording has it.
        bot.say(new Uint8Array(8 * 300).fill(0xff));
        bot.say(words(600));
        bot.socket.close(1000);
      },
      { recordCall: 'call' },
    );
    const { channels } = await readRecorded(join(directory, `${jobId}-call.wav`));
    expect(wordsMs(channels[1])).toBeGreaterThan(400);
  });
});

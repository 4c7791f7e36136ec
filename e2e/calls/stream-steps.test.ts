import { once } from 'node:events';
import type { CallJobInput } from '@outdial/contract';
import { Bot, type BotOptions } from '@outdial/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnsweringMachines } from '../support/answering-machines.js';
import { Recordings } from '../support/recordings.js';
import { Stack } from '../support/stack.js';

let stack: Stack;
let healthPort: number;
let recordings: Recordings;
let machines: AnsweringMachines;
beforeAll(async () => {
  recordings = await Recordings.create();
  machines = new AnsweringMachines(recordings);
  stack = await Stack.start({ withWorker: false, recordingsDir: recordings.dir });
  const { telephony } = stack.configuration();
  const streams = { allowedHosts: ['127.0.0.1'] };
  ({ healthPort } = await stack.startWorker({ telephony: { ...telephony, streams } }));
});
const bots: Bot[] = [];
afterAll(async () => {
  await stack.close();
  await recordings.close();
  for (const bot of bots) bot.close();
});

type Plan = NonNullable<CallJobInput['onAnswered']>;
const TONE = 'tone_stream://%(100,0,440)';
/** 200 ms of a mu-law signal that is not silent. */
const NOISE = Uint8Array.from({ length: 1600 }, (_, n) => n % 100);

async function startBot(options: BotOptions = {}): Promise<Bot> {
  const bot = await Bot.start(options);
  bots.push(bot);
  return bot;
}

function add(onAnswered: Plan, job: Partial<CallJobInput> = {}) {
  return stack.queue.add({ callTo: 'sip:human@lab', onAnswered, ...job });
}

const ended = async (id: string) => (await stack.event(id, 'ended')).ended;

describe('a stream', () => {
  it.concurrent('knows who answered, and is heard', async () => {
    const bot = await startBot();
    const { id } = await add(
      {
        LIVE: [
          {
            step: 'stream',
            url: bot.url,
            parameters: {
              from_number: 'hidden',
              campaign: 'a',
              greeting: 'Hello {{metadata.name}}, {{farEndType}}',
            },
          },
        ],
      },
      {
        liveSpeakerDetect: 'DEFAULT',
        callFrom: '+441632960999',
        metadata: { patient: 7, name: 'Ada' },
      },
    );
    const call = await bot.call();
    const { start } = await call.event('start');
    expect(start).toMatchObject({ accountSid: 'outdial', callSid: id });
    const { metadata, confidence, ...parameters } = start.customParameters;
    expect(parameters).toEqual({
      jobId: id,
      farEndType: 'LIVE',
      to_number: 'sip:human@lab',
      from_number: 'hidden',
      campaign: 'a',
      greeting: 'Hello Ada, LIVE',
    });
    expect(JSON.parse(metadata)).toEqual({ patient: 7, name: 'Ada' });
    expect(Number(confidence)).toBeGreaterThan(0.5);
    call.say(NOISE);
    call.sayMark('said');
    expect((await call.mark('said')).mark).toEqual({ name: 'said', played: 200, cleared: 0 });
    call.socket.close(1000);
    const { steps, endedBy } = await ended(id);
    expect(endedBy).toBe('PLAN');
    expect(steps).toMatchObject([
      {
        step: 'stream',
        outcome: 'finished',
        error: null,
        data: { streamSid: call.streamSid, playedMs: 200, clearedMs: 0, droppedMs: 0, skippedMs: 0 },
      },
    ]);
    expect(steps[0]?.data?.sentMs).toBeGreaterThan(0);
    expect(bot.calls).toHaveLength(1);
  });

  it.concurrent('is connected while it rings, and told nothing more when nobody answers', async () => {
    const bot = await startBot();
    const { id } = await add(
      { otherwise: [{ step: 'stream', url: bot.url, parameters: { who: '{{farEndType}}' } }] },
      { callTo: 'sip:no-answer@lab', liveSpeakerDetect: 'DEFAULT' },
    );
    const call = await bot.call();
    await call.event('connected');
    const closed = once(call.socket, 'close');
    await stack.queue.cancel(id);
    await closed;
    expect(call.messages.map(({ event }) => event)).toEqual(['connected']);
  });

  it.concurrent('is not for a machine when it is in the steps of a person', async () => {
    const bot = await startBot();
    const { id } = await add(
      { LIVE: [{ step: 'stream', url: bot.url }], ANSWER_MACHINE: [{ step: 'play', source: TONE }] },
      { liveSpeakerDetect: 'DEFAULT', callTo: 'sip:voicemail@lab' },
    );
    expect((await ended(id)).steps.map(({ step }) => step)).toEqual(['play']);
    expect((await bot.call()).messages.map(({ event }) => event)).toEqual(['connected']);
  });

  it.concurrent.each(['presses', 'presses-by-info'])(
    'tells the key of the callee %s once',
    async (callee) => {
      const bot = await startBot();
      const keys = callee === 'presses' ? ';keys=4' : '';
      const { id } = await add(
        { otherwise: [{ step: 'stream', url: bot.url, connectAt: 'step' }] },
        { callTo: `sip:${callee}@lab${keys}` },
      );
      const call = await bot.call();
      await call.event('start');
      // Some callees press only when they are spoken to.
      for (let n = 0; n < 10; n++) call.say(NOISE);
      const { dtmf } = await call.event('dtmf');
      expect(dtmf).toEqual({ track: 'inbound_track', digit: callee === 'presses' ? '4' : '1' });
      call.socket.close(1000);
      expect((await ended(id)).steps[0]).toMatchObject({ outcome: 'finished' });
      expect(call.all('dtmf')).toHaveLength(1);
    },
  );

  it.concurrent('is told what comes to be known, and what an app notifies, while it goes on', async () => {
    const bot = await startBot();
    const { id } = await add(
      { immediately: [{ step: 'stream', url: bot.url, connectAt: 'step' }], onVerdict: 'never' },
      { callTo: await machines.lifelike(), liveSpeakerDetect: 'DEFAULT', metadata: { name: 'Ann' } },
    );
    const call = await bot.call();
    const { start } = await call.event('start');
    expect(start.customParameters).toMatchObject({ farEndType: 'UNKNOWN', confidence: '0' });
    const data = { agent: 'free', to: '{{metadata.name}}' };
    const step = { step: 'notify', name: 'agents', data } as const;
    await stack.queue.command({ type: 'runBeside', jobId: id, commandId: 'tell-1', step });
    const told = { name: 'agents', data: { agent: 'free', to: 'Ann' } };
    expect((await call.event('notify')).notify).toEqual(told);
    await call.until(({ verdict }) => verdict?.isRevised === true);
    expect(call.all('verdict').map(({ verdict }) => [verdict.farEndType, verdict.isRevised])).toEqual([
      ['LIVE', false],
      ['ANSWER_MACHINE', true],
    ]);
    const numbers = call.messages.slice(1).map(({ sequenceNumber }) => Number(sequenceNumber));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    call.socket.close(1000);
    const events = await stack.eventsOf(id);
    expect(events.find(({ type }) => type === 'notified')).toMatchObject(told);
    expect((await ended(id)).steps).toMatchObject([
      { index: 0, step: 'stream', outcome: 'finished' },
      { index: 1, step: 'notify', outcome: 'finished' },
    ]);
  });

  it.concurrent('is stopped at its time limit, and the plan goes on', async () => {
    const bot = await startBot();
    const { id } = await add({
      otherwise: [
        { step: 'stream', url: bot.url, secondsTimeout: 0.5, onClosed: [{ step: 'play', source: TONE }] },
        { step: 'hold', milliseconds: 10 },
      ],
    });
    const call = await bot.call();
    await call.event('stop');
    const { steps } = await ended(id);
    expect(steps).toMatchObject([
      { step: 'stream', outcome: 'timeout', error: { code: 'STEP_TIMEOUT' } },
      { step: 'play', outcome: 'finished' },
      { step: 'hold', outcome: 'finished' },
    ]);
  });

  it.concurrent('ends with its call', async () => {
    const bot = await startBot();
    const { id } = await add({ otherwise: [{ step: 'stream', url: bot.url }] });
    const call = await bot.call();
    await call.event('start');
    await stack.queue.cancel(id);
    expect((await call.event('stop')).stop).toEqual({ accountSid: 'outdial', callSid: id });
    if (call.socket.readyState !== call.socket.CLOSED) await once(call.socket, 'close');
    expect((await ended(id)).steps).toMatchObject([{ step: 'stream', outcome: 'interrupted' }]);
  });
});

describe('a bot that fails costs the bot alone', () => {
  it.concurrent('when it refuses: in the event, the record and the metric', async () => {
    const bot = await startBot({ refuses: 403 });
    const { id } = await add({
      otherwise: [
        {
          step: 'stream',
          url: `${bot.url}?token=secret`,
          onFailed: [{ step: 'play', source: TONE }],
          onClosed: [{ step: 'hangUp' }],
        },
        { step: 'hold', milliseconds: 10 },
      ],
    });
    const events = await stack.eventsOf(id);
    const steps = events.filter(({ type }) => type === 'stepEnded');
    expect(steps).toMatchObject([
      { step: 'stream', outcome: 'failed', error: { code: 'STREAM_REFUSED' } },
      { step: 'play', outcome: 'finished' },
      { step: 'hold', outcome: 'finished' },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
    expect((await stack.inbox.of(id)).state).toBe('ANSWERED');
    const metrics = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
    expect(metrics).toContain('{step="stream",outcome="failed",error="STREAM_REFUSED"} 1');
  });

  it.concurrent('when it is not there, breaks off, or sends no audio: another bot takes the call', async () => {
    const [dies, babbles, last] = [await startBot(), await startBot(), await startBot()];
    const { id } = await add({
      otherwise: [
        {
          step: 'stream',
          url: 'ws://127.0.0.1:9/',
          onClosed: [
            {
              step: 'stream',
              url: dies.url,
              onFailed: [{ step: 'stream', url: babbles.url, onFailed: [{ step: 'stream', url: last.url }] }],
            },
          ],
        },
      ],
    });
    (await dies.call()).socket.terminate();
    const babbling = await babbles.call();
    await babbling.event('start');
    babbling.socket.send('hello');
    const lastCall = await last.call();
    await lastCall.event('start');
    lastCall.say(NOISE);
    lastCall.socket.close(1000);
    const { steps } = await ended(id);
    expect(steps.map(({ outcome, error }) => error?.code ?? outcome)).toEqual([
      'STREAM_UNREACHABLE',
      'STREAM_LOST',
      'STREAM_INVALID',
      'finished',
    ]);
    expect(steps.at(-1)?.data?.playedMs).toBe(200);
  });
});

describe('nobody is rung', () => {
  it.concurrent('for a bot on a host that is not allowed', async () => {
    const { id } = await add({
      LIVE: [{ step: 'hangUp' }],
      otherwise: [
        {
          step: 'gather',
          branches: { '1': [{ step: 'stream', url: 'wss://bots.example.com/' }] },
        },
      ],
    });
    const result = await stack.inbox.of(id);
    expect(result).toMatchObject({ state: 'ERROR', error: { code: 'UNSUPPORTED_BY_MEDIA' }, rang: false });
    expect(result.error?.message).toContain('bots.example.com');
  });
});

import { Bot } from '@outdial/lab';
import { FrameStreams } from '@outdial/media';
import { expect, it, onTestFinished } from 'vitest';
import { G711_CODECS } from '../../src/codec/g711.js';

const START = { callSid: 'job-1', accountSid: 'outdial' };

/** A call's streams, and a bot that runs on them. */
async function talk() {
  const bot = await Bot.start();
  const streams = new FrameStreams({ allowedHosts: ['127.0.0.1'], bufferSeconds: 1 });
  onTestFinished(() => {
    streams.close();
    bot.close();
  });
  const stream = streams.openStream({ url: bot.url });
  const ended = stream.start(START);
  const call = await bot.call();
  await call.event('start');
  return { bot, streams, stream, ended, call };
}

/** The next frames that hold anything. */
async function said(streams: FrameStreams, frames: number): Promise<number[]> {
  const samples: number[] = [];
  for (const frame = new Int16Array(160); samples.length < frames * 160; ) {
    streams.read(frame);
    if (frame.some((sample) => sample !== 0)) samples.push(...frame);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return samples;
}

it('give the bot frames, and are given its own as they were sent', async () => {
  const { streams, call, ended } = await talk();
  const pcm = Int16Array.from({ length: 320 }, (_, n) => 100 * n - 16_000);
  streams.heard(pcm);
  const { media } = await call.until(({ media }) => media?.chunk === '2');
  const heard = G711_CODECS.pcmu.encode(pcm);
  expect([...Buffer.from(media.payload, 'base64')]).toEqual([...heard.subarray(160)]);
  call.say(heard);
  const spoken = new Int16Array(320);
  G711_CODECS.pcmu.decode(heard, spoken);
  expect(await said(streams, 2)).toEqual([...spoken]);
  call.socket.close(1000);
  expect(await ended).toMatchObject({ outcome: 'closed', sentMs: 40, playedMs: 40 });
  // Nobody runs any more.
  const frame = new Int16Array(160).fill(1);
  streams.read(frame);
  expect(new Set(frame)).toEqual(new Set([0]));
});

it('tell what is wrong with a bot of theirs', async () => {
  const { stream, call } = await talk();
  const warned = new Promise((resolve) => stream.on('warning', resolve));
  call.say(new Uint8Array(8000 * 2));
  expect(await warned).toMatchObject({ code: 'BUFFER_FULL' });
});

it('end with their call, and begin no more', async () => {
  const { bot, streams, ended, call } = await talk();
  streams.close();
  await call.event('stop');
  expect(await ended).toMatchObject({ outcome: 'stopped' });
  const late = streams.openStream({ url: bot.url });
  await expect(late.connect()).rejects.toMatchObject({ code: 'SESSION_CLOSED' });
  expect(await late.start(START)).toMatchObject({ outcome: 'stopped' });
  expect(bot.calls).toHaveLength(1);
});

it('refuse a host that is not allowed, and limits out of range', async () => {
  const { streams } = await talk();
  const elsewhere = streams.openStream({ url: 'wss://bots.example.com/' });
  await expect(elsewhere.connect()).rejects.toMatchObject({ code: 'HOST_NOT_ALLOWED' });
  expect(() => new FrameStreams({ bufferSeconds: 0 })).toThrow('bufferSeconds');
});

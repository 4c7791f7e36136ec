import { Bot, type BotCall, type CalleeCall, startCallees } from '@outdial/lab';
import { expect, it, onTestFinished } from 'vitest';
import { dial, telephonyOn } from '../support/dialling.js';
import { useNetwork } from '../support/network.js';

const network = useNetwork();

/** A mu-law signal that is loud throughout. */
const words = (milliseconds: number) => Uint8Array.from({ length: 8 * milliseconds }, (_, n) => n % 100);

/** How much of what was heard is loud: ms of its frames. */
const loudMs = (frames: readonly Int16Array[]) =>
  20 * frames.filter((frame) => frame.some((sample) => Math.abs(sample) > 5000)).length;

/** A call on an endpoint with a bot, whose callee says nothing. */
async function talk() {
  const heard: Int16Array[] = [];
  let callee: CalleeCall | null = null;
  const listens = async (call: CalleeCall) => {
    callee = call;
    await call.answer();
    await call.hear((pcm) => {
      heard.push(pcm);
      return false;
    });
  };
  const callees = await startCallees({ scripts: { listens } });
  const telephony = await telephonyOn(network.servers, null, {
    routes: [{ host: 'lab', address: callees.sipAddress }],
    streams: { allowedHosts: ['127.0.0.1'] },
  });
  const bot = await Bot.start();
  onTestFinished(async () => {
    await telephony.close();
    await callees.close();
    bot.close();
  });
  const call = await dial(telephony, { callTo: 'sip:listens@lab' });
  await call.next('answered');
  call.leg.connectMedia();
  await call.next('mediaConnected');
  expect(callee).not.toBeNull();
  return { call, bot, heard };
}

it('a bot waits while something else is played, and goes on with what it has said', async () => {
  const { call, bot, heard } = await talk();
  const opened = call.leg.openBot({ url: bot.url });
  const ended = opened.start({});
  const botCall = await bot.call();
  await botCall.event('start');
  const playing = call.leg.play('tone_stream://%(600,0,440)');
  botCall.say(words(400));
  botCall.sayMark('said');
  await playing;
  expect((await botCall.mark('said')).mark).toMatchObject({ played: 400 });
  botCall.socket.close(1000);
  expect(await ended).toMatchObject({ outcome: 'closed', figures: { playedMs: 400 } });
  // One after the other, and not at once.
  expect(Math.abs(loudMs(heard) - 600 - 400)).toBeLessThanOrEqual(60);
  call.leg.hangUp();
});

it('a bot takes the place of another, in the same way to FreeSWITCH', async () => {
  const { call, bot, heard } = await talk();
  const first = call.leg.openBot({ url: bot.url }).start({});
  await (await bot.call(0)).event('start');
  const second = call.leg.openBot({ url: bot.url }).start({});
  const botCall = await bot.call(1);
  expect(await first).toMatchObject({ outcome: 'stopped' });
  await botCall.event('start');
  botCall.say(words(200));
  botCall.socket.close(1000);
  expect(await second).toMatchObject({ outcome: 'closed', figures: { playedMs: 200 } });
  expect(Math.abs(loudMs(heard) - 200)).toBeLessThanOrEqual(40);
  call.leg.hangUp();
});

it('a bot is told to stop when the call ends', async () => {
  const { call, bot } = await talk();
  const ended = call.leg.openBot({ url: bot.url }).start({});
  const botCall = await bot.call();
  await botCall.event('start');
  call.leg.hangUp();
  await botCall.event('stop');
  expect(await ended).toMatchObject({ outcome: 'stopped' });
});

it('a bot that is stopped before FreeSWITCH has connected has stopped at once', async () => {
  const { call, bot } = await talk();
  const opened = call.leg.openBot({ url: bot.url });
  const ended = opened.start({});
  opened.stop();
  expect(await ended).toMatchObject({ outcome: 'stopped', figures: { playedMs: 0 } });
  // Another one is heard after it.
  const started = new Promise<BotCall>((resolve) =>
    bot.on('call', (one) => void one.event('start').then(() => resolve(one))),
  );
  const second = call.leg.openBot({ url: bot.url }).start({});
  const botCall = await started;
  botCall.say(words(100));
  botCall.socket.close(1000);
  expect(await second).toMatchObject({ outcome: 'closed', figures: { playedMs: 100 } });
  call.leg.hangUp();
});

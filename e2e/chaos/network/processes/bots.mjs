/** Voice bots in a process of their own: each talks, and then stays, goes, or dies, as its address says. */
import { setTimeout as delay } from 'node:timers/promises';
import { Bot } from '@outdial/lab';
import { serve } from './serve.mjs';

/** 200 ms of mu-law that is not silent. */
const WORDS = Uint8Array.from({ length: 1600 }, (_, n) => n % 100);

/** @type {Bot} */
let bot;

serve({
  start: async () => {
    bot = await Bot.start();
    bot.on('call', (call) => void talk(call));
    return `ws://${new URL(bot.url).host}`;
  },
  close: () => bot.close(),
});

/** @param {import('@outdial/lab').BotCall} call whose path is `/dies/MS`, `/goes/MS` or `/stays/MS` */
async function talk(call) {
  const [, does, ms] = (call.request.url ?? '').split('/');
  const { socket } = call;
  socket.on('error', () => undefined);
  if (does === 'dies') setTimeout(() => socket.terminate(), Number(ms));
  await call.event('start');
  call.say(WORDS);
  if (does === 'goes') {
    await delay(Number(ms));
    socket.close(1000);
  }
}

import { loadPrompts } from '../audio/prompts.js';
import { G711 } from '../media/g711.js';
import { Bot, type BotCall } from './bot.js';

/** How long it listens once it has spoken, in messages of 20 ms. */
const LISTENS_FOR = 25;

/** A voice bot that says something to whoever it is connected to, listens for half a second, and hangs up. */
export async function startTalkingBot(): Promise<Bot> {
  const { 'name-1': words } = await loadPrompts();
  const speech = G711.PCMU.encode(words);
  const bot = await Bot.start();
  bot.on('call', (call) => void talk(call, speech));
  return bot;
}

async function talk(call: BotCall, speech: Uint8Array): Promise<void> {
  await call.event('start');
  call.say(speech);
  call.sayMark('said');
  await call.mark('said');
  const heard = call.all('media').length;
  await call.until(() => call.all('media').length >= heard + LISTENS_FOR);
  call.socket.close(1000);
}

import { join, loadPrompts, mix, noise, recording, silence, tone, v21 } from '@outdial/testkit/sounds';

const prompts = await loadPrompts();

function amplify(sound: Int16Array, db: number): Int16Array {
  const factor = 10 ** (db / 20);
  return sound.map((sample) => Math.max(-32768, Math.min(32767, Math.round(sample * factor))));
}

function offset(sound: Int16Array, by: number): Int16Array {
  return sound.map((sample) => sample + by);
}

function repeat(count: number, ...parts: Int16Array[]): Int16Array {
  return join(...Array.from({ length: count }, () => join(...parts)));
}

/** A busy machine begins to listen late; what it misses then is silence, and changes no verdict. */
const LEAD_MS = 900;

/**
 * What answers calls, in 35 recordings: people, machines, faxes and what is neither, on good lines and bad.
 */
export function madeRecordings(): Record<string, Int16Array> {
  const lead = silence(LEAD_MS);
  const hello = join(lead, recording('hello'), silence(5000));
  // Longer, it would lie at the edge of the time limit.
  const business = join(silence(300), recording('business'), silence(5000));
  const greeting = join(lead, recording('greeting'));
  const short = join(lead, recording('hello'), silence(150), tone(400, 1000), silence(4000));
  const answerTone = join(lead, tone(2500, 2100), silence(2000));
  const reversed = tone(450, 2100).map((sample) => -sample);
  return {
    hello,
    'hello-late': join(silence(1000), hello),
    'hello-quiet': amplify(hello, -15),
    'hello-loud': amplify(hello, 6),
    'hello-noisy': mix(hello, noise(8000, 500)),
    'hello-offset': offset(hello, 400),
    'hello-twice': join(hello.subarray(0, 24_000), recording('hello'), silence(4000)),
    'hello-man': join(lead, prompts['hello-1'], silence(5000)),
    'hello-woman': join(lead, prompts['hello-2'], silence(5000)),
    'name-1': join(lead, prompts['name-1'], silence(5000)),
    'name-2': join(lead, prompts['name-2'], silence(5000)),
    business,
    'business-quiet': amplify(business, -12),
    'business-noisy': mix(business, noise(8000, 250)),
    greeting,
    'greeting-quiet': amplify(greeting, -18),
    'greeting-loud': amplify(greeting, 6),
    'greeting-noisy': mix(greeting, noise(8000, 400)),
    'greeting-late': join(silence(800), greeting),
    voicemail: join(lead, prompts.voicemail),
    'voicemail-without-beep': join(lead, prompts['voicemail-no-beep']),
    'short-greeting-and-beep': short,
    'short-greeting-and-quiet-beep': amplify(short, -12),
    'short-greeting-and-two-tones': join(lead, recording('hello'), tone(500, 697, 1209), silence(4000)),
    'carrier-announcement': join(lead, tone(274, 985.2), tone(274, 1370.6), tone(380, 1776.7), silence(4000)),
    'fax-answers': answerTone,
    'fax-answers-quietly': amplify(answerTone, -15),
    'fax-answers-with-reversals': join(lead, repeat(5, tone(450, 2100), reversed)),
    'fax-calls': join(lead, repeat(3, tone(500, 1100), silence(3000))),
    'fax-sends-data': join(lead, v21(1500), silence(3000)),
    'busy-tone': join(lead, repeat(8, tone(500, 480, 620), silence(500))),
    ringing: join(lead, repeat(3, tone(1000, 425), silence(4000))),
    'british-ringing': join(
      lead,
      repeat(3, tone(400, 400, 450), silence(200), tone(400, 400, 450), silence(2000)),
    ),
    'no-speech': silence(8000),
    noise: noise(8000, 600),
  };
}

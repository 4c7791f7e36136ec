import { type AudioSource, concat } from '../media/audio-source.js';
import { ringbackPeriod, samplesOf } from '../media/tones.js';
import { parseUri } from '../sip/index.js';
import { openLineNoise, roomNoise } from './background-noise.js';
import type { CalleeCall, PressedBy } from './callee-call.js';
import type { Script } from './script.js';

const RING_MS = 500;
/** From lifting the handset to speaking. */
const PAUSE_BEFORE_SPEAKING_MS = 350;
/** How long a person waits on the line without hearing anything. */
const STAYS_ON_MS = 20_000;
const ASKS_AGAIN_AFTER_MS = 1600;
const RINGBACK = ringbackPeriod();
const EARLY_RINGBACK = RINGBACK.subarray(0, samplesOf(1500));
/** A period, and the two bursts of the next. */
const RINGBACK_UNTIL_ANSWERED = concat(RINGBACK, RINGBACK.subarray(0, samplesOf(1000)));

async function pickUp(call: CalleeCall, background: AudioSource): Promise<void> {
  call.ring();
  await call.wait(RING_MS);
  await call.answer(background);
}

async function speak(call: CalleeCall, words: Int16Array): Promise<void> {
  await call.pause(PAUSE_BEFORE_SPEAKING_MS);
  await call.play(words);
}

const stayOn = (call: CalleeCall): Promise<void> => call.wait(STAYS_ON_MS);

/** From the end of its greeting to the end of the call. */
const LEAVES_AFTER_MS = 2000;
/** From hearing a prompt to pressing a key. */
const PRESSES_AFTER_MS = 300;
/** So long nothing is heard before a sound is the next prompt. */
const BETWEEN_PROMPTS_MS = 400;

/** A person who presses keys: the first group when it hears a prompt, each further one when it hears another. */
function presses(groups: readonly string[], by: PressedBy = 'events'): Script {
  return async (call, { nextHello }) => {
    if (by === 'tones') call.refuseEvents();
    await pickUp(call, openLineNoise());
    await speak(call, nextHello());
    for (const keys of groups) {
      await call.hearPrompt();
      await call.pause(PRESSES_AFTER_MS);
      await call.press(keys, by);
      await call.pause(BETWEEN_PROMPTS_MS);
    }
    await stayOn(call);
  };
}

export const human: Script = async (call, context) => {
  await pickUp(call, openLineNoise());
  await speak(call, context.nextHello());
  await stayOn(call);
};

const talk: Script = async (call, context) => {
  await pickUp(call, openLineNoise());
  await speak(call, context.nextHello());
  await call.untilOver();
};

/** Callees that are people. */
export const PEOPLE: Readonly<Record<string, Script>> = {
  human,

  'human-twice': async (call, { prompts }) => {
    await pickUp(call, openLineNoise());
    await speak(call, prompts['hello-1']);
    await call.pause(ASKS_AGAIN_AFTER_MS);
    await call.play(prompts['hello-again']);
    await stayOn(call);
  },

  'human-noisy': async (call, { prompts, nextHello }) => {
    await pickUp(call, roomNoise(prompts['busy-room']));
    await speak(call, nextHello());
    await stayOn(call);
  },

  business: async (call, { prompts }) => {
    await pickUp(call, openLineNoise());
    await speak(call, prompts.business);
    await stayOn(call);
  },

  'early-media': async (call, { nextHello }) => {
    await call.startEarlyMedia(openLineNoise());
    await call.play(EARLY_RINGBACK);
    await call.answer();
    await speak(call, nextHello());
    await stayOn(call);
  },

  ringback: async (call, { nextHello }) => {
    await call.answer(openLineNoise());
    await call.play(RINGBACK_UNTIL_ANSWERED);
    await speak(call, nextHello());
    await stayOn(call);
  },

  patient: talk,

  agent: talk,

  'agent-accepts': async (call, context) => {
    await pickUp(call, openLineNoise());
    await call.hearPrompt();
    await call.pause(PRESSES_AFTER_MS);
    await call.press('1', 'events');
    await speak(call, context.nextHello());
    await call.untilOver();
  },

  'agent-leaves': async (call, context) => {
    await pickUp(call, openLineNoise());
    await speak(call, context.nextHello());
    await call.pause(LEAVES_AFTER_MS);
  },

  'presses-1': presses(['1']),
  'presses-2': presses(['2']),
  'presses-9': presses(['9']),
  'presses-by-info': presses(['1'], 'info'),
  'presses-in-band': presses(['1'], 'tones'),

  presses: (call, context) => {
    const params = parseUri(call.invite.request.uri)?.params;
    const keys = (params?.get('keys') ?? '1').replaceAll('s', '*').replaceAll('h', '#');
    const by = params?.get('by') ?? 'events';
    if (!/^[0-9A-D*#]+(-[0-9A-D*#]+)*$/.test(keys) || !isPressedBy(by)) return call.reject(404);
    return presses(keys.split('-'), by)(call, context);
  },

  'refuses-transfer': async (call, context) => {
    call.refuseReferrals();
    await talk(call, context);
  },

  vanishes: async (call, context) => {
    await pickUp(call, openLineNoise());
    await speak(call, context.nextHello());
    call.closeMedia();
    await call.untilOver();
  },

  mute: async (call) => {
    await pickUp(call, openLineNoise());
    await stayOn(call);
  },

  'hangs-up': async (call) => {
    await call.answer();
  },

  crosses: async (call) => {
    await call.openMedia(openLineNoise());
    call.ring();
    await call.answerOnCancel();
    await stayOn(call);
  },
};

function isPressedBy(text: string): text is PressedBy {
  return text === 'events' || text === 'info' || text === 'tones';
}

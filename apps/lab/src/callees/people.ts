import { type AudioSource, concat } from '../media/audio-source.js';
import { ringbackPeriod, samplesOf } from '../media/tones.js';
import { quietLine, room } from './background.js';
import type { CalleeCall } from './callee-call.js';
import type { Script } from './script.js';

const RING_MS = 500;
/** From lifting the handset to speaking. */
const BREATH_MS = 350;
/** How long a person who hears nothing stays on the line. */
const PATIENCE_MS = 20_000;
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
  await call.pause(BREATH_MS);
  await call.play(words);
}

const stayOn = (call: CalleeCall): Promise<void> => call.wait(PATIENCE_MS);

export const human: Script = async (call, stage) => {
  await pickUp(call, quietLine());
  await speak(call, stage.nextHello());
  await stayOn(call);
};

/** People, and what a call to one may sound like. */
export const PEOPLE: Readonly<Record<string, Script>> = {
  human,

  'human-twice': async (call, { prompts }) => {
    await pickUp(call, quietLine());
    await speak(call, prompts['hello-1']);
    await call.pause(ASKS_AGAIN_AFTER_MS);
    await call.play(prompts['hello-again']);
    await stayOn(call);
  },

  'human-noisy': async (call, { prompts, nextHello }) => {
    await pickUp(call, room(prompts['busy-room']));
    await speak(call, nextHello());
    await stayOn(call);
  },

  business: async (call, { prompts }) => {
    await pickUp(call, quietLine());
    await speak(call, prompts.business);
    await stayOn(call);
  },

  'early-media': async (call, { nextHello }) => {
    await call.startEarlyMedia(quietLine());
    await call.play(EARLY_RINGBACK);
    await call.answer();
    await speak(call, nextHello());
    await stayOn(call);
  },

  ringback: async (call, { nextHello }) => {
    await call.answer(quietLine());
    await call.play(RINGBACK_UNTIL_ANSWERED);
    await speak(call, nextHello());
    await stayOn(call);
  },

  mute: async (call) => {
    await pickUp(call, quietLine());
    await stayOn(call);
  },

  'hangs-up': async (call) => {
    await call.answer();
  },

  crosses: async (call) => {
    await call.openMedia(quietLine());
    call.ring();
    await call.answerOnCancel();
    await stayOn(call);
  },
};

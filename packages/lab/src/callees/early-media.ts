import { concat } from '../media/audio-source.js';
import { beep, busyTone, congestionTone, ringbackPeriod, specialInformationTones } from '../media/tones.js';
import { openLineNoise } from './background-noise.js';
import type { CalleeCall } from './callee-call.js';
import type { CalleeContext, Script } from './script.js';

const BUSY = busyTone(5000);
const CONGESTION = congestionTone(4000);
const SIT = specialInformationTones();
const RINGBACK = ringbackPeriod();
const BEEP = beep(1000, 400);
/** From the end of the greeting to the beep. */
const BEEP_AFTER_MS = 150;
/** From the beep to the answer of a mailbox that answers. */
const ANSWER_AFTER_MS = 500;
/** How long a mailbox records, and how long a network waits for the answer. */
const RECORD_MS = 20_000;
const UNANSWERED_MS = 180_000;

/** A network plays a tone, and releases with the cause that the tone stands for. */
function playThenReject(
  audioOf: (context: CalleeContext) => Int16Array,
  status: number,
  q850: number,
): Script {
  return async (call, context) => {
    await call.startEarlyMedia(openLineNoise());
    await call.play(audioOf(context));
    call.reject(status, { headers: { Reason: `Q.850;cause=${q850}` } });
  };
}

async function greetEarly(call: CalleeCall, { prompts }: CalleeContext): Promise<void> {
  await call.startEarlyMedia(openLineNoise());
  await call.play(RINGBACK);
  await call.play(prompts['voicemail-short']);
  await call.pause(BEEP_AFTER_MS);
  await call.play(BEEP);
}

/** Callees that are heard before the answer, if there is one. */
export const EARLY: Readonly<Record<string, Script>> = {
  'early-busy': playThenReject(() => BUSY, 486, 17),
  'early-congestion': playThenReject(() => CONGESTION, 503, 34),
  'early-sit': playThenReject(({ prompts }) => concat(SIT, prompts.business), 404, 1),

  'early-mailbox': async (call, context) => {
    await greetEarly(call, context);
    await call.pause(ANSWER_AFTER_MS);
    await call.answer();
    await call.wait(RECORD_MS);
  },

  'unanswered-mailbox': async (call, context) => {
    await greetEarly(call, context);
    await call.wait(UNANSWERED_MS);
    call.reject(480);
  },
};

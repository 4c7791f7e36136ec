import { join } from 'node:path';
import type { PromptName } from '../audio/prompts.js';
import { calledFax, identification } from '../media/fax-tones.js';
import { beep } from '../media/tones.js';
import { readWav } from '../media/wav.js';
import { parseUri } from '../sip/index.js';
import { openLineNoise } from './background-noise.js';
import type { CalleeCall } from './callee-call.js';
import type { CalleeContext, Script } from './script.js';

const RING_MS = 700;
/** From the answer to the start of a recording. */
const START_MS = 150;
/** From the end of the greeting to the beep. */
const BEEP_AFTER_MS = 150;
/** How long a voicemail box records. */
const RECORD_MS = 20_000;
/** A fax machine repeats its identification after this long (ITU-T T.30, timer T4). */
const FAX_REPEAT_MS = 3000;
const FAX_TRIES = 3;

const CALLED_FAX = calledFax();
const FAX_IDENTIFICATION = identification();

interface Box {
  greeting: PromptName;
  /** Played before it records; null: nothing. */
  beep: Int16Array | null;
}

const BOXES: Readonly<Record<string, Box>> = {
  voicemail: { greeting: 'voicemail', beep: beep(1000, 400) },
  'voicemail-no-beep': { greeting: 'voicemail-no-beep', beep: null },
  'voicemail-short': { greeting: 'voicemail-short', beep: beep(850, 300) },
};

async function takeMessage(call: CalleeCall, { prompts }: CalleeContext, box: Box): Promise<void> {
  call.ring();
  await call.wait(RING_MS);
  await call.answer(openLineNoise());
  await call.pause(START_MS);
  await call.play(prompts[box.greeting]);
  if (box.beep !== null) {
    await call.pause(BEEP_AFTER_MS);
    await call.play(box.beep);
  }
  await call.wait(RECORD_MS);
}

const fax: Script = async (call) => {
  call.ring();
  await call.wait(RING_MS);
  await call.answer(openLineNoise());
  await call.pause(START_MS);
  await call.play(CALLED_FAX);
  for (let tries = 1; tries < FAX_TRIES; tries++) {
    await call.pause(FAX_REPEAT_MS);
    await call.play(FAX_IDENTIFICATION);
  }
};

/** Plays the recording from the answer on, without background noise. */
const plays: Script = async (call, { recordingsDir }) => {
  const name = parseUri(call.invite.request.uri)?.params.get('file') ?? '';
  // A plain file name: nothing that leads out of the directory.
  if (recordingsDir === null || !/^[A-Za-z0-9_-][A-Za-z0-9_.-]*\.wav$/i.test(name)) return call.reject(404);
  const recording = await readWav(join(recordingsDir, name)).catch(() => null);
  if (recording === null) return call.reject(404);
  await call.answer();
  await call.play(recording);
  await call.pause(RECORD_MS);
};

/** Callees that are answering machines or fax machines, and `plays`. */
export const MACHINES: Readonly<Record<string, Script>> = {
  ...Object.fromEntries(
    Object.entries(BOXES).map(([name, box]): [string, Script] => [
      name,
      (call, context) => takeMessage(call, context, box),
    ]),
  ),
  fax,
  plays,
};

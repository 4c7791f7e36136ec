// Makes the spoken audio of the lab's callees in assets/ with espeak-ng (Debian: apt-get install espeak-ng).
// The results are committed, so that only whoever changes them needs it. Build the lab first, then run
//
//   node packages/lab/scripts/make-audio.mjs
//
// The same espeak-ng (1.51) gives the same bytes: nothing here is random.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { concat, mixInto } from '../dist/media/audio-source.js';
import { lineNoise, pause } from '../dist/media/tones.js';
import { formatWav, readWav } from '../dist/media/wav.js';

const ASSETS = fileURLToPath(new URL('../assets/', import.meta.url));
const SPEECH_PEAK = 13_000;
/** What is quieter than this at either end of an utterance is cut off. */
const TRIM_LEVEL = 300;

/** Spoken live: no noise of its own, since the callee's line adds that. */
const LIVE = {
  'hello-1': { voice: 'en-gb+f3', speed: 160, text: 'Hello?' },
  'hello-2': { voice: 'en-us+m7', speed: 150, text: 'Hello?' },
  'hello-3': { voice: 'en-gb-scotland+m2', speed: 165, text: 'Hello, Ewan here.' },
  'hello-4': { voice: 'en-us+f4', speed: 160, text: 'Yes, hello?' },
  'hello-again': { voice: 'en-gb+f3', speed: 150, text: 'Hello? Who is there?' },
  business: { voice: 'en-gb-x-rp+f2', speed: 175, text: 'Harbour Dental, Claire speaking.' },
};

/** Recorded greetings: they bring the noise of the room that they were recorded in. */
const RECORDED = {
  voicemail: {
    voice: 'en-gb+m3',
    speed: 165,
    text: "Hello, you have reached Peter Miller. I can't take your call right now. Please leave a message after the tone.",
  },
  'voicemail-no-beep': {
    voice: 'en-us+f2',
    speed: 165,
    text: 'Hi, this is Susan. I am away from my phone. Tell me who you are, and I will call you back as soon as I can.',
  },
  'voicemail-short': { voice: 'en-gb+m5', speed: 170, text: 'Leave a message after the beep.' },
};

/** What is talked in the background of a busy room, by three people at once. */
const BABBLE = [
  {
    voice: 'en-gb+m1',
    speed: 170,
    text: 'So I said to him, that is not how we do it here, and he just laughed and walked out.',
  },
  {
    voice: 'en-us+f1',
    speed: 180,
    text: 'Two coffees and a tea please, and could we have the table by the window when it is free?',
  },
  {
    voice: 'en-gb-x-rp+m4',
    speed: 160,
    text: 'The train was late again this morning, nearly forty minutes, and nobody told us why.',
  },
];

const workDir = mkdtempSync(join(tmpdir(), 'lab-audio-'));
try {
  for (const [name, what] of Object.entries(LIVE)) write(name, await speak(what));
  for (const [index, [name, what]] of Object.entries(RECORDED).entries()) {
    const speech = concat(pause(250), await speak(what), pause(200));
    mixInto(speech, lineNoise(speech.length / 8, 160, 100 + index));
    write(name, speech);
  }
  write('busy-room', await busyRoom());
} finally {
  rmSync(workDir, { recursive: true });
}

/**
 * An utterance as a telephone carries it: 200 to 3600 Hz, trimmed, at the level of speech on a line.
 * @param {{ voice: string, speed: number, text: string }} utterance
 */
async function speak({ voice, speed, text }) {
  const path = join(workDir, 'speech.wav');
  execFileSync('espeak-ng', ['-v', voice, '-s', String(speed), '-w', path, text]);
  return trimmed(levelled(highPassed(await readWav(path)), SPEECH_PEAK));
}

/** Six seconds that loop: three talkers some 20 dB under a caller's voice, over the rumble of the room. */
async function busyRoom() {
  const room = lineNoise(6000, 500, 7);
  for (const [index, talker] of BABBLE.entries()) {
    const speech = levelled(await speak(talker), 1300);
    const shift = index * 11_000;
    const wrapped = room.map((_, i) => speech[(i + shift) % room.length] ?? 0);
    mixInto(room, wrapped);
  }
  return room;
}

/** Two first-order high-pass filters in a row at 200 Hz. @param {Int16Array} pcm */
function highPassed(pcm) {
  const decay = Math.exp((-2 * Math.PI * 200) / 8000);
  let out = Float64Array.from(pcm);
  for (let pass = 0; pass < 2; pass++) {
    let lastIn = 0;
    let lastOut = 0;
    out = out.map((sample) => {
      lastOut = decay * (lastOut + sample - lastIn);
      lastIn = sample;
      return lastOut;
    });
  }
  return out;
}

/** @param {Int16Array | Float64Array} samples @param {number} peak */
function levelled(samples, peak) {
  const highest = Float64Array.from(samples).reduce((most, sample) => Math.max(most, Math.abs(sample)), 1);
  return Int16Array.from(samples, (sample) => Math.round((sample * peak) / highest));
}

/** @param {Int16Array} pcm */
function trimmed(pcm) {
  /** @param {number} sample */
  const isLoud = (sample) => Math.abs(sample) > TRIM_LEVEL;
  return pcm.subarray(pcm.findIndex(isLoud), pcm.findLastIndex(isLoud) + 1);
}

/** @param {string} name @param {Int16Array} pcm */
function write(name, pcm) {
  writeFileSync(join(ASSETS, `${name}.wav`), formatWav(pcm, 'alaw'));
  process.stdout.write(`${name}.wav: ${(pcm.length / 8000).toFixed(2)} s\n`);
}

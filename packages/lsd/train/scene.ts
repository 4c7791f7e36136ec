import { SAMPLE_RATE } from '../src/audio/frame.js';
import { STEP_MS } from '../src/speech/step-inputs.js';
import { addBehind, addScaled, BACKGROUNDS, background, gainTo } from './background.js';
import { addClicks, losePackets, quantise } from './line.js';
import type { Material } from './material.js';
import { coloured } from './noise.js';
import type { Random } from './random.js';

export const SCENE_MS = 7000;
const SAMPLES = (SCENE_MS * SAMPLE_RATE) / 1000;
const STEP = (STEP_MS * SAMPLE_RATE) / 1000;
/** A clean recording pauses where its level is this far below its peaks. */
const PAUSE_BELOW_DB = 30;

/** The first seconds of a synthetic call, and where the callee speaks. */
export interface Scene {
  samples: Int16Array;
  /** 1 for each step of `STEP_MS` in which there is speech. */
  isSpeech: Uint8Array;
}

/** Mixes speech and background, and applies the impairments of the line. */
export function makeScene(random: Random, material: Material): Scene {
  const speech = new Float32Array(SAMPLES);
  const voice = random.pick(material.voices);
  const startMs = random.chance(0.3) ? random.between(800, 3000) : random.between(30, 1500);
  const endMs = random.chance(0.1) ? startMs : addPhrases(random, voice, speech, startMs);
  const isSpeech = label(speech);
  const level = random.between(-30, -16);
  const gain = normalise(speech, isSpeech, level);
  const samples = new Float32Array(SAMPLES);
  for (let n = 0; n < SAMPLES; n++) samples[n] = (speech[n] as number) * gain;
  addBackground(random, material, samples, level, startMs, endMs);
  if (random.chance(0.5))
    addScaled(samples, coloured(random, SAMPLES, 0), random.between(-75, -58), 0, SAMPLES);
  if (random.chance(0.4)) addClicks(random, samples);
  if (random.chance(0.25)) losePackets(random, samples);
  return { samples: quantise(random, samples), isSpeech };
}

/** Adds a few phrases of one voice with pauses between them; returns the time of their end. */
function addPhrases(
  random: Random,
  voice: readonly Float32Array[],
  speech: Float32Array,
  startMs: number,
): number {
  const isShort = random.chance(0.5);
  const wantedMs = isShort ? random.between(200, 1500) : random.between(1500, 6000);
  const speed = random.between(0.85, 1.2);
  let at = (startMs * SAMPLE_RATE) / 1000;
  const last = Math.min(SAMPLES, at + (wantedMs * SAMPLE_RATE) / 1000);
  while (at < last) {
    const phrase = random.pick(voice);
    const length = Math.floor(phrase.length / speed);
    const strength = 10 ** (random.between(-12, 0) / 20);
    for (let n = 0; n < length && at + n < last; n++)
      speech[Math.floor(at) + n] = strength * (phrase[Math.floor(n * speed)] as number);
    at += length + (random.between(80, random.chance(0.3) ? 1400 : 450) * SAMPLE_RATE) / 1000;
  }
  return Math.min((last / SAMPLE_RATE) * 1000, SCENE_MS);
}

function label(speech: Float32Array): Uint8Array {
  const steps = Math.floor(SAMPLES / STEP);
  const power = new Float32Array(steps);
  for (let step = 0; step < steps; step++) {
    let sum = 0;
    for (let n = step * STEP; n < (step + 1) * STEP; n++) sum += (speech[n] as number) ** 2;
    power[step] = sum;
  }
  const limit = Math.max(...power) * 10 ** (-PAUSE_BELOW_DB / 10);
  const isSpeech = new Uint8Array(steps);
  for (let step = 0; step < steps; step++) isSpeech[step] = (power[step] as number) > limit ? 1 : 0;
  bridge(isSpeech, 100 / STEP_MS);
  return isSpeech;
}

/** Closes pauses of up to `longest` steps. */
function bridge(isSpeech: Uint8Array, longest: number): void {
  let last = -1;
  for (let step = 0; step < isSpeech.length; step++) {
    if (isSpeech[step] === 0) continue;
    if (last >= 0 && step - last <= longest + 1) isSpeech.fill(1, last, step);
    last = step;
  }
}

/** The factor that scales the speech to `levelDb`. */
function normalise(speech: Float32Array, isSpeech: Uint8Array, levelDb: number): number {
  let sum = 0;
  let count = 0;
  for (let n = 0; n < isSpeech.length * STEP; n++) {
    if (isSpeech[Math.floor(n / STEP)] === 0) continue;
    sum += (speech[n] as number) ** 2;
    count++;
  }
  return count === 0 ? 0 : gainTo(levelDb, sum / count);
}

function addBackground(
  random: Random,
  material: Material,
  samples: Float32Array,
  level: number,
  startMs: number,
  endMs: number,
): void {
  if (random.chance(0.35)) return;
  const snr = random.chance(0.5) ? random.between(5, 16) : random.between(14, 34);
  const noise = background(random, material, random.pick(BACKGROUNDS), SAMPLES);
  addBehind(random, samples, noise, level - snr, random.chance(0.3) ? { startMs, endMs } : null);
}

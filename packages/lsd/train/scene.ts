import { STEP_MS } from '../src/step-inputs.js';
import type { Material } from './material.js';
import { coloured, modulate } from './noise.js';
import type { Random } from './random.js';

const RATE = 8000;
export const SCENE_MS = 7000;
const SAMPLES = (SCENE_MS * RATE) / 1000;
const STEP = (STEP_MS * RATE) / 1000;
/** A stretch of a clean recording this far below its peaks is a pause. */
const PAUSE_BELOW_DB = 30;

/** The first seconds of a made-up call, and where in it the callee speaks. */
export interface Scene {
  samples: Int16Array;
  /** 1 for each step of `STEP_MS` in which there is speech. */
  isSpeech: Uint8Array;
}

/** Mixes speech, background and line into a scene. */
export function makeScene(random: Random, material: Material): Scene {
  const speech = new Float32Array(SAMPLES);
  const voice = random.pick(material.voices);
  const startMs = random.chance(0.3) ? random.between(800, 3000) : random.between(30, 1500);
  const endMs = random.chance(0.1) ? startMs : layPhrases(random, voice, speech, startMs);
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

/** A few phrases of one voice with pauses between them; returns where they end. */
function layPhrases(
  random: Random,
  voice: readonly Float32Array[],
  speech: Float32Array,
  startMs: number,
): number {
  const isShort = random.chance(0.5);
  const wantedMs = isShort ? random.between(200, 1500) : random.between(1500, 6000);
  const speed = random.between(0.85, 1.2);
  let at = (startMs * RATE) / 1000;
  const last = Math.min(SAMPLES, at + (wantedMs * RATE) / 1000);
  while (at < last) {
    const phrase = random.pick(voice);
    const length = Math.floor(phrase.length / speed);
    const strength = 10 ** (random.between(-12, 0) / 20);
    for (let n = 0; n < length && at + n < last; n++)
      speech[Math.floor(at) + n] = strength * (phrase[Math.floor(n * speed)] as number);
    at += length + (random.between(80, random.chance(0.3) ? 1400 : 450) * RATE) / 1000;
  }
  return Math.min((last / RATE) * 1000, SCENE_MS);
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

/** The factor that brings the speech to `levelDb`. */
function normalise(speech: Float32Array, isSpeech: Uint8Array, levelDb: number): number {
  let sum = 0;
  let count = 0;
  for (let n = 0; n < isSpeech.length * STEP; n++) {
    if (isSpeech[Math.floor(n / STEP)] === 0) continue;
    sum += (speech[n] as number) ** 2;
    count++;
  }
  return count === 0 ? 0 : (32768 * 10 ** (levelDb / 20)) / Math.sqrt(sum / count + 1e-9);
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
  const noise = background(random, material);
  // A recording brings its own background, that starts and ends with it.
  const isRecording = random.chance(0.3);
  const from = isRecording ? Math.max(0, startMs - random.between(0, 600)) : 0;
  const to = isRecording ? Math.min(SCENE_MS, endMs + random.between(0, 600)) : SCENE_MS;
  addScaled(samples, noise, level - snr, Math.floor((from * RATE) / 1000), Math.floor((to * RATE) / 1000));
}

function background(random: Random, material: Material): Float32Array {
  const kind = random.pick(['babble', 'tv', 'music', 'street', 'car', 'line', 'hum', 'bursts']);
  const noise = new Float32Array(SAMPLES);
  if (kind === 'babble') for (let n = 0; n < random.between(3, 8); n++) talk(random, material, noise);
  if (kind === 'tv') {
    talk(random, material, noise);
    if (random.chance(0.6)) addScaled(noise, music(random, material), random.between(-40, -22), 0, SAMPLES);
  }
  if (kind === 'music') return music(random, material);
  if (kind === 'street') return modulate(random, coloured(random, SAMPLES, random.between(0.4, 0.95)), 0.6);
  if (kind === 'car') return coloured(random, SAMPLES, random.between(0.9, 0.98));
  if (kind === 'line') return coloured(random, SAMPLES, random.between(0, 0.5));
  if (kind === 'bursts') return modulate(random, coloured(random, SAMPLES, random.between(0, 0.9)), 2);
  if (kind === 'hum') {
    const base = random.pick([50, 60]) * random.pick([1, 2]);
    for (let harmonic = 1; harmonic < 9; harmonic++) {
      const strength = random.between(0, 3000) / harmonic;
      for (let n = 0; n < SAMPLES; n++)
        noise[n] = (noise[n] as number) + strength * Math.sin((2 * Math.PI * base * harmonic * n) / RATE);
    }
  }
  return noise;
}

/** One voice talks all the time, with pauses. */
function talk(random: Random, material: Material, noise: Float32Array): void {
  const voice = random.pick(material.voices);
  const strength = random.between(0.4, 1);
  let at = Math.floor(random.between(-16_000, 8000));
  while (at < SAMPLES) {
    const phrase = random.pick(voice);
    for (let n = Math.max(0, -at); n < phrase.length && at + n < SAMPLES; n++)
      noise[at + n] = (noise[at + n] as number) + strength * (phrase[n] as number);
    at += phrase.length + Math.floor(random.between(800, random.chance(0.3) ? 12_000 : 4000));
  }
}

function music(random: Random, material: Material): Float32Array {
  const track = random.pick(material.music);
  const from = Math.floor(random.between(0, track.length - SAMPLES - 1));
  return track.slice(from, from + SAMPLES);
}

/** Adds `noise`, brought to `levelDb`, to the samples from `from` up to `to`. */
function addScaled(
  samples: Float32Array,
  noise: Float32Array,
  levelDb: number,
  from: number,
  to: number,
): void {
  let sum = 0;
  for (let n = 0; n < noise.length; n++) sum += (noise[n] as number) ** 2;
  const gain = (32768 * 10 ** (levelDb / 20)) / Math.sqrt(sum / noise.length + 1e-9);
  for (let n = from; n < to; n++) samples[n] = (samples[n] as number) + gain * (noise[n] as number);
}

function addClicks(random: Random, samples: Float32Array): void {
  const at = Math.floor(random.between(0, 3000));
  const length = random.between(160, 480);
  const strength = random.between(500, 6000);
  for (let n = 0; n < length; n++)
    samples[at + n] = (samples[at + n] as number) + strength * random.normal() * Math.exp((-4 * n) / length);
}

/** Packets of 20 ms are lost: silence, or the packet before it again. */
function losePackets(random: Random, samples: Float32Array): void {
  const share = random.between(0.003, 0.05);
  const isRepeated = random.chance(0.5);
  for (let at = 160; at + 160 <= SAMPLES; at += 160) {
    if (!random.chance(share)) continue;
    if (isRepeated) samples.copyWithin(at, at - 160, at);
    else samples.fill(0, at, at + 160);
  }
}

/** 16 bits, and about the quantisation noise of G.711. */
function quantise(random: Random, samples: Float32Array): Int16Array {
  const out = new Int16Array(SAMPLES);
  for (let n = 0; n < SAMPLES; n++) {
    const value = samples[n] as number;
    const grain = Math.max(4, 2 ** Math.floor(Math.log2(Math.abs(value) + 1) - 4));
    out[n] = Math.max(-32768, Math.min(32767, Math.round(value + grain * (random.next() - 0.5))));
  }
  return out;
}

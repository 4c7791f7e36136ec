import { SAMPLE_RATE } from '../src/audio/frame.js';
import { type Material, toSamples } from './material.js';
import { coloured, modulate } from './noise.js';
import type { Random } from './random.js';

export type Background = 'babble' | 'tv' | 'music' | 'street' | 'car' | 'line' | 'hum' | 'bursts';
export const BACKGROUNDS: readonly Background[] = [
  'babble',
  'tv',
  'music',
  'street',
  'car',
  'line',
  'hum',
  'bursts',
];

/** A background of `length` samples. */
export function background(
  random: Random,
  material: Material,
  kind: Background,
  length: number,
): Float32Array {
  const noise = new Float32Array(length);
  if (kind === 'babble') for (let n = 0; n < random.between(3, 8); n++) talk(random, material, noise);
  if (kind === 'tv') {
    talk(random, material, noise);
    if (random.chance(0.6))
      addScaled(noise, music(random, material, length), random.between(-40, -22), 0, length);
  }
  if (kind === 'music') return music(random, material, length);
  if (kind === 'street') return modulate(random, coloured(random, length, random.between(0.4, 0.95)), 0.6);
  if (kind === 'car') return coloured(random, length, random.between(0.9, 0.98));
  if (kind === 'line') return coloured(random, length, random.between(0, 0.5));
  if (kind === 'bursts') return modulate(random, coloured(random, length, random.between(0, 0.9)), 2);
  if (kind === 'hum') {
    const base = random.pick([50, 60]) * random.pick([1, 2]);
    for (let harmonic = 1; harmonic < 9; harmonic++) {
      const strength = random.between(0, 3000) / harmonic;
      for (let n = 0; n < length; n++)
        noise[n] =
          (noise[n] as number) + strength * Math.sin((2 * Math.PI * base * harmonic * n) / SAMPLE_RATE);
    }
  }
  return noise;
}

/** Adds one voice that talks all the time, with pauses. */
function talk(random: Random, material: Material, noise: Float32Array): void {
  const voice = random.pick(material.voices);
  const strength = random.between(0.4, 1);
  let at = Math.floor(random.between(-16_000, 8000));
  while (at < noise.length) {
    const phrase = random.pick(voice);
    for (let n = Math.max(0, -at); n < phrase.length && at + n < noise.length; n++)
      noise[at + n] = (noise[at + n] as number) + strength * (phrase[n] as number);
    at += phrase.length + Math.floor(random.between(800, random.chance(0.3) ? 12_000 : 4000));
  }
}

/** A random piece of a random track. */
export function music(random: Random, material: Material, length: number): Float32Array {
  const track = random.pick(material.music);
  const from = Math.floor(random.between(0, track.length - length - 1));
  return track.slice(from, from + length);
}

/** Adds `noise`, scaled to `levelDb`, to the samples from index `from` up to `to`. */
export function addScaled(
  samples: Float32Array,
  noise: Float32Array,
  levelDb: number,
  from: number,
  to: number,
): void {
  let sum = 0;
  for (let n = 0; n < noise.length; n++) sum += (noise[n] as number) ** 2;
  const gain = gainTo(levelDb, sum / noise.length);
  for (let n = from; n < to; n++) samples[n] = (samples[n] as number) + gain * (noise[n] as number);
}

/**
 * Adds `noise` at `levelDb` to a call. With a `recording`, the noise starts and ends with it, as the
 * background of the room in which it was recorded.
 */
export function addBehind(
  random: Random,
  samples: Float32Array,
  noise: Float32Array,
  levelDb: number,
  recording: { startMs: number; endMs: number } | null,
): void {
  const from = recording === null ? 0 : toSamples(Math.max(0, recording.startMs - random.between(0, 600)));
  const to = recording === null ? samples.length : toSamples(recording.endMs + random.between(0, 600));
  addScaled(samples, noise, levelDb, from, Math.min(samples.length, to));
}

/** The factor that scales a sound with this mean power to `levelDb`. */
export function gainTo(levelDb: number, meanPower: number): number {
  return (32768 * 10 ** (levelDb / 20)) / Math.sqrt(meanPower + 1e-9);
}

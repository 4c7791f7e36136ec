import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWav } from '../eval/wav.js';
import { SAMPLE_RATE } from '../src/audio/frame.js';

/** Phrases of each voice, and tracks of music. */
export interface Material {
  voices: readonly (readonly Float32Array[])[];
  music: readonly Float32Array[];
}

const SHORTEST = 0.15 * SAMPLE_RATE;
/** The maximum number of phrases per voice, so that no voice dominates. */
const PHRASES = 400;

/** Reads the folder that `fetch-material.sh` creates. */
export function readMaterial(folder: string): Material {
  const voices = readdirSync(join(folder, 'speech')).sort();
  return {
    voices: voices.map((voice) => readVoice(join(folder, 'speech', voice))),
    music: readFolder(join(folder, 'music')),
  };
}

/** The phrases of one voice. */
export function readVoice(folder: string): Float32Array[] {
  return readFolder(folder).map(trim).filter(isLongEnough).slice(0, PHRASES);
}

function readFolder(folder: string): Float32Array[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.wav'));
  return files.sort().map((file) => Float32Array.from(readWav(readFileSync(join(folder, file)))));
}

function isLongEnough(phrase: Float32Array): boolean {
  return phrase.length > SHORTEST;
}

/** Removes the silence at both ends. */
function trim(phrase: Float32Array): Float32Array {
  let peak = 0;
  for (const value of phrase) peak = Math.max(peak, Math.abs(value));
  const limit = peak * 0.02;
  let first = 0;
  while (first < phrase.length && Math.abs(phrase[first] as number) < limit) first++;
  let last = phrase.length;
  while (last > first && Math.abs(phrase[last - 1] as number) < limit) last--;
  return phrase.slice(first, last);
}

/** Converts milliseconds to whole samples. */
export function toSamples(ms: number): number {
  return Math.floor((ms * SAMPLE_RATE) / 1000);
}

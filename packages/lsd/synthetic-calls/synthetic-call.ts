import { addBehind, addScaled, BACKGROUNDS, background, gainTo, music } from '../train/background.js';
import { addClicks, losePackets, quantise } from '../train/line.js';
import { type Material, toSamples } from '../train/material.js';
import { coloured } from '../train/noise.js';
import type { Random } from '../train/random.js';
import { KINDS, type Kind } from './kinds.js';
import { CALL_MS, PhraseUnavailableError, Timeline } from './timeline.js';
import type { Voice } from './voice.js';

const SAMPLES = toSamples(CALL_MS);

export interface SyntheticCall {
  kind: Kind;
  voice: string;
  timeline: Timeline;
  /** Signal-to-noise ratio in decibels; null without a background. */
  snrDb: number | null;
  samples: Int16Array;
}

/** Generates one call: one of the `voices` answers, and the background is made from `material`. */
export function makeSyntheticCall(
  random: Random,
  material: Material,
  voices: readonly Voice[],
): SyntheticCall {
  const kind = pickKind(random);
  for (;;) {
    const voice = random.pick(voices);
    const timeline = new Timeline(random, voice);
    try {
      kind.compose(timeline, random, music(random, material, SAMPLES));
    } catch (error) {
      if (error instanceof PhraseUnavailableError) continue;
      throw error;
    }
    const snrDb = signalToNoise(random, kind);
    const samples = mixCall(random, material, kind, timeline, snrDb);
    return { kind, voice: voice.name, timeline, snrDb, samples };
  }
}

function pickKind(random: Random): Kind {
  return random.pick(KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind)));
}

function signalToNoise(random: Random, { background = 'some' }: Kind): number | null {
  if (background === 'loud') return random.between(5, 15);
  return background === 'some' && random.chance(0.6) ? random.between(10, 38) : null;
}

/** Mixes speech, sounds and background, and applies the impairments of the line. */
function mixCall(
  random: Random,
  material: Material,
  kind: Kind,
  { speech, sounds, events }: Timeline,
  snrDb: number | null,
): Int16Array {
  const levelDb = random.between(-34, -20);
  const samples = sounds.slice();
  const spoken = events.filter(({ type }) => type === 'speech');
  addSpeech(samples, speech, spoken, levelDb);
  if (snrDb !== null) {
    const noise = background(random, material, random.pick(kind.backgrounds ?? BACKGROUNDS), SAMPLES);
    const isItsOwn = kind.label === 'answer_machine' && random.chance(0.4);
    const recording = { startMs: spoken[0]?.startMs ?? 0, endMs: spoken.at(-1)?.endMs ?? 0 };
    addBehind(random, samples, noise, levelDb - snrDb, isItsOwn ? recording : null);
  }
  if (random.chance(0.65))
    addScaled(samples, coloured(random, SAMPLES, 0), random.between(-74, -58), 0, SAMPLES);
  if (random.chance(0.25)) addClicks(random, samples);
  if (random.chance(0.25)) losePackets(random, samples);
  return quantise(random, samples);
}

function addSpeech(
  samples: Float32Array,
  speech: Float32Array,
  spoken: readonly { startMs: number; endMs: number }[],
  levelDb: number,
): void {
  let sum = 0;
  let count = 0;
  for (const { startMs, endMs } of spoken)
    for (let n = toSamples(startMs); n < toSamples(endMs); n++, count++) sum += (speech[n] as number) ** 2;
  if (count === 0) return;
  const gain = gainTo(levelDb, sum / count);
  for (let n = 0; n < samples.length; n++) samples[n] = (samples[n] as number) + gain * (speech[n] as number);
}

import { randomInt } from 'node:crypto';
import { type AudioSource, looped } from '../media/audio-source.js';
import { lineNoise, samplesOf } from '../media/tones.js';

/** Some -60 dBov: heard as an open line, and no more. */
const OPEN_LINE = lineNoise(4000, 60, 1);

/** A connected line on which nobody speaks. No two calls hear the same noise at the same time. */
export function quietLine(): AudioSource {
  return looped(OPEN_LINE, randomInt(OPEN_LINE.length));
}

/** A recording of a room, from any point on, for ever. */
export function room(recording: Int16Array): AudioSource {
  return looped(recording, randomInt(recording.length - samplesOf(1)));
}

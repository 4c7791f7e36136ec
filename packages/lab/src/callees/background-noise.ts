import { randomInt } from 'node:crypto';
import { type AudioSource, looped } from '../media/audio-source.js';
import { lineNoise, samplesOf } from '../media/tones.js';

/** About -60 dBov: audible as an open line. */
const OPEN_LINE = lineNoise(4000, 60, 1);

/** The noise of a connected line without speech; starts at a random point for each call. */
export function openLineNoise(): AudioSource {
  return looped(OPEN_LINE, randomInt(OPEN_LINE.length));
}

/** The recording of a room, looped from a random point. */
export function roomNoise(recording: Int16Array): AudioSource {
  return looped(recording, randomInt(recording.length - samplesOf(1)));
}

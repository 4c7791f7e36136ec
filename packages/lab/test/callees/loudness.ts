import { rms } from '../media/spectrum.js';

/** Louder than the noise of a line, quieter than speech. */
const SPEECH_RMS = 400;
const WINDOW_MS = 20;
/** Pauses within words are shorter than this. */
const JOINED_MS = 300;

export interface LoudPart {
  startMs: number;
  endMs: number;
}

/**
 * Where in the samples something louder than line noise is heard, in milliseconds; short pauses are joined.
 */
export function loudParts(pcm: Int16Array): LoudPart[] {
  const parts: LoudPart[] = [];
  for (let startMs = 0; (startMs + WINDOW_MS) * 8 <= pcm.length; startMs += WINDOW_MS) {
    if (rms(pcm.subarray(startMs * 8, (startMs + WINDOW_MS) * 8)) < SPEECH_RMS) continue;
    const last = parts.at(-1);
    const endMs = startMs + WINDOW_MS;
    if (last !== undefined && startMs - last.endMs < JOINED_MS) last.endMs = endMs;
    else parts.push({ startMs, endMs });
  }
  return parts;
}

/** The samples of a part, but for its edges. */
export function inside(pcm: Int16Array, { startMs, endMs }: LoudPart): Int16Array {
  return pcm.subarray((startMs + 40) * 8, (endMs - 40) * 8);
}

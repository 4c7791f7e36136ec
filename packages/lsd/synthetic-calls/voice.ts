import { toSamples } from '../train/material.js';
import type { Random } from '../train/random.js';

/** The pause between two words of a phrase. */
const JOINT_MS = { least: 70, most: 170 };
/** A recording is cut at pauses of at least this length, in which the level is this far below the peaks. */
const PAUSE_MS = 150;
const PAUSE_BELOW_DB = 24;
const WINDOW_MS = 10;
/** Shorter pieces are breaths and clicks. */
const SHORTEST_MS = 150;

/** A voice with its words and, for some voices, sentences. */
export class Voice {
  readonly name: string;
  readonly #words: readonly Float32Array[];

  constructor(name: string, recordings: readonly Float32Array[]) {
    this.name = name;
    this.#words = recordings.flatMap(words).sort((a, b) => a.length - b.length);
  }

  /**
   * A phrase of one or more words, of `least` to `most` milliseconds; null when the words cannot form one.
   */
  phrase(random: Random, least: number, most: number): Float32Array | null {
    const wanted = toSamples(random.between(least, most));
    const parts: Float32Array[] = [];
    let length = 0;
    while (length < toSamples(least)) {
      const joint = parts.length === 0 ? 0 : toSamples(random.between(JOINT_MS.least, JOINT_MS.most));
      const fitting = this.#words.filter((word) => word.length <= wanted - length - joint);
      if (fitting.length === 0) return null;
      // A word of the longer half, so that phrases have few words where there are long ones.
      const word = random.pick(fitting.slice(Math.floor(fitting.length / 2)));
      parts.push(new Float32Array(joint), word);
      length += joint + word.length;
    }
    return joined(parts, length);
  }
}

/** The pieces of a recording between its pauses. */
function words(recording: Float32Array): Float32Array[] {
  const window = toSamples(WINDOW_MS);
  const levels = powers(recording, window);
  const least = levels.reduce((a, b) => Math.max(a, b), 0) * 10 ** (-PAUSE_BELOW_DB / 10);
  const loud = levels.flatMap((level, at) => (level >= least ? [at] : []));
  const found: Float32Array[] = [];
  let first = loud[0] ?? 0;
  loud.forEach((at, n) => {
    const next = loud[n + 1] ?? Number.POSITIVE_INFINITY;
    if ((next - at) * WINDOW_MS <= PAUSE_MS) return;
    if ((at + 1 - first) * WINDOW_MS >= SHORTEST_MS)
      found.push(recording.slice(first * window, (at + 1) * window));
    first = next;
  });
  return found;
}

function powers(recording: Float32Array, window: number): number[] {
  return Array.from({ length: Math.floor(recording.length / window) }, (_, at) =>
    recording.subarray(at * window, (at + 1) * window).reduce((sum, value) => sum + value * value, 0),
  );
}

function joined(parts: readonly Float32Array[], length: number): Float32Array {
  const phrase = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    phrase.set(part, at);
    at += part.length;
  }
  return phrase;
}

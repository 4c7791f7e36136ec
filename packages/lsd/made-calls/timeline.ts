import { SAMPLE_RATE } from '../src/frame.js';
import { toSamples } from '../train/material.js';
import type { Random } from '../train/random.js';
import type { Voice } from './voice.js';

/** As much as is heard of a call, and some. */
export const CALL_MS = 9000;

export interface Heard {
  type: 'speech' | 'beep' | 'ringback' | 'music';
  startMs: number;
  endMs: number;
  /** Of a tone, in hertz. */
  frequencies: readonly number[];
}

/** A voice lacks the words for what is to be said. */
export class Unsayable extends Error {}

/** What the callee is heard to do, put down part after part, and cut off where the call ends. */
export class Timeline {
  readonly speech = new Float32Array(toSamples(CALL_MS));
  readonly sounds = new Float32Array(toSamples(CALL_MS));
  readonly heard: Heard[] = [];
  readonly #random: Random;
  readonly #voice: Voice;
  #atMs = 0;

  constructor(random: Random, voice: Voice) {
    this.#random = random;
    this.#voice = voice;
  }

  get nowMs(): number {
    return this.#atMs;
  }

  pause(least: number, most: number): void {
    this.#atMs += this.#random.between(least, most);
  }

  /** Says a phrase of `least` to `most` milliseconds, and returns it, to be said again. Throws `Unsayable`. */
  say(least: number, most: number): Float32Array {
    const phrase = this.#voice.phrase(this.#random, least, most);
    if (phrase === null) throw new Unsayable();
    this.sayAgain(phrase);
    return phrase;
  }

  sayAgain(phrase: Float32Array): void {
    const strength = 10 ** (this.#random.between(-4, 0) / 20);
    this.#lay(
      'speech',
      this.speech,
      (phrase.length * 1000) / SAMPLE_RATE,
      (n) => strength * (phrase[n] as number),
    );
  }

  /** A tone or two; `level` of 1 is full scale. */
  tone(type: 'beep' | 'ringback', ms: number, frequencies: readonly number[], level: number): void {
    const amplitude = (32768 * level) / frequencies.length;
    const sample = (n: number) =>
      frequencies.reduce(
        (sum, hertz) => sum + amplitude * Math.sin((2 * Math.PI * hertz * n) / SAMPLE_RATE),
        0,
      );
    this.#lay(type, this.sounds, ms, sample, frequencies);
  }

  play(music: Float32Array, ms: number): void {
    this.#lay('music', this.sounds, ms, (n) => 0.4 * (music[n] as number));
  }

  #lay(
    type: Heard['type'],
    target: Float32Array,
    ms: number,
    sample: (n: number) => number,
    frequencies: readonly number[] = [],
  ): void {
    const first = toSamples(this.#atMs);
    const last = Math.min(target.length, first + toSamples(ms));
    for (let n = first; n < last; n++) target[n] = sample(n - first);
    const endMs = Math.min(CALL_MS, Math.round(this.#atMs + ms));
    if (last > first) this.heard.push({ type, startMs: Math.round(this.#atMs), endMs, frequencies });
    this.#atMs += ms;
  }
}

import { SAMPLE_RATE } from '../src/audio/frame.js';
import { toSamples } from '../train/material.js';
import type { Random } from '../train/random.js';
import type { Voice } from './voice.js';

/** Length of a call: longer than the detector needs. */
export const CALL_MS = 9000;

export interface TimelineEvent {
  type: 'speech' | 'beep' | 'ringback' | 'music';
  startMs: number;
  endMs: number;
  /** Frequencies of a tone in hertz; empty for other sounds. */
  frequencies: readonly number[];
}

/** Thrown when the words of a voice cannot form a phrase of the requested length. */
export class PhraseUnavailableError extends Error {}

/** The sounds of the callee, added one after the other, and cut off at the end of the call. */
export class Timeline {
  readonly speech = new Float32Array(toSamples(CALL_MS));
  readonly sounds = new Float32Array(toSamples(CALL_MS));
  readonly events: TimelineEvent[] = [];
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

  /**
   * Adds a phrase of `least` to `most` milliseconds, and returns it for `sayAgain`.
   * @throws {PhraseUnavailableError}
   */
  say(least: number, most: number): Float32Array {
    const phrase = this.#voice.phrase(this.#random, least, most);
    if (phrase === null) throw new PhraseUnavailableError();
    this.sayAgain(phrase);
    return phrase;
  }

  sayAgain(phrase: Float32Array): void {
    const strength = 10 ** (this.#random.between(-4, 0) / 20);
    this.#add(
      'speech',
      this.speech,
      (phrase.length * 1000) / SAMPLE_RATE,
      (n) => strength * (phrase[n] as number),
    );
  }

  /** Adds a tone of one or more frequencies. @param level 1 is full scale */
  tone(type: 'beep' | 'ringback', ms: number, frequencies: readonly number[], level: number): void {
    const amplitude = (32768 * level) / frequencies.length;
    const sample = (n: number) =>
      frequencies.reduce(
        (sum, hertz) => sum + amplitude * Math.sin((2 * Math.PI * hertz * n) / SAMPLE_RATE),
        0,
      );
    this.#add(type, this.sounds, ms, sample, frequencies);
  }

  play(music: Float32Array, ms: number): void {
    this.#add('music', this.sounds, ms, (n) => 0.4 * (music[n] as number));
  }

  #add(
    type: TimelineEvent['type'],
    target: Float32Array,
    ms: number,
    sample: (n: number) => number,
    frequencies: readonly number[] = [],
  ): void {
    const first = toSamples(this.#atMs);
    const last = Math.min(target.length, first + toSamples(ms));
    for (let n = first; n < last; n++) target[n] = sample(n - first);
    const endMs = Math.min(CALL_MS, Math.round(this.#atMs + ms));
    if (last > first) this.events.push({ type, startMs: Math.round(this.#atMs), endMs, frequencies });
    this.#atMs += ms;
  }
}

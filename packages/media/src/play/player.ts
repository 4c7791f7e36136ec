import { G711_CODECS, type Law, SAMPLES_A_MS } from '../codec/g711.js';
import type { FrameSource, Sound } from './sound.js';

/** Plays a sound so many times after one another, frame by frame. */
export class SoundPlayer implements FrameSource {
  readonly #sound: Sound;
  #loopsLeft: number;
  #at = 0;
  #played = 0;

  /** `loops`: 0 is without end. */
  constructor(sound: Sound, loops: number) {
    this.#sound = sound;
    this.#loopsLeft = loops === 0 ? Number.POSITIVE_INFINITY : loops;
  }

  /** All loops counted. */
  get playedMs(): number {
    return Math.round(this.#played / SAMPLES_A_MS);
  }

  get isOver(): boolean {
    return this.#loopsLeft === 0 || this.#sound.samples === 0;
  }

  read(law: Law, out: Uint8Array): boolean {
    const encoded = this.#sound[law];
    let filled = 0;
    while (filled < out.length && !this.isOver) {
      const part = encoded.subarray(this.#at, this.#at + out.length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#at += part.length;
      if (this.#at < encoded.length) continue;
      this.#at = 0;
      this.#loopsLeft -= 1;
    }
    out.fill(G711_CODECS[law].silence, filled);
    this.#played += filled;
    return true;
  }
}

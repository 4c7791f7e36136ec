import type { HeardPeaks } from '@outdial/contract';
import { SAMPLES_A_MS } from '../codec/g711.js';
import type { AudioSink } from './audio-sink.js';

/** Each peak is that of so much audio. */
const PEAK_MS = 20;
const PEAK_SAMPLES = PEAK_MS * SAMPLES_A_MS;
/** Peaks that are told together: every 200 ms. */
const TOLD_TOGETHER = 10;

/** Tells how loud the far end is, 20 ms by 20 ms, for the first seconds of its stream. */
export class PeakMeter implements AudioSink {
  readonly #limit: number;
  readonly #tell: (heard: HeardPeaks) => void;
  readonly #onFull: () => void;
  #startedAt: number | null = null;
  /** The place of the first peak that was not told yet, and those since. */
  #from = 0;
  #peaks: number[] = [];

  /** `onFull` is called once, when all of `seconds` were heard. */
  constructor(seconds: number, tell: (heard: HeardPeaks) => void, onFull: () => void) {
    this.#limit = Math.ceil((seconds * 1000) / PEAK_MS);
    this.#tell = tell;
    this.#onFull = onFull;
  }

  audio(pcm: Int16Array, at: number): void {
    this.#startedAt ??= Date.now() - (at + pcm.length) / SAMPLES_A_MS;
    for (let i = 0; i < pcm.length; i++) {
      const place = Math.floor((at + i) / PEAK_SAMPLES) - this.#from;
      // A position that was told before is of a stream that went back.
      if (place < 0) continue;
      if (this.#from + place >= this.#limit) {
        this.close();
        this.#onFull();
        return;
      }
      while (this.#peaks.length <= place) this.#peaks.push(0);
      const loud = Math.abs(pcm[i] ?? 0) >> 7;
      if (loud > (this.#peaks[place] ?? 0)) this.#peaks[place] = Math.min(255, loud);
    }
    if (this.#peaks.length > TOLD_TOGETHER) this.#flush(this.#peaks.length - 1);
  }

  /** What does not come is not loud. */
  lost(): void {}

  quiet(pcm: Int16Array, at: number): void {
    this.audio(pcm, at);
  }

  /** Tells what was not told yet. */
  close(): void {
    this.#flush(this.#peaks.length);
  }

  #flush(count: number): void {
    if (count === 0 || this.#startedAt === null) return;
    const startedAt = Math.round(this.#startedAt + this.#from * PEAK_MS);
    this.#from += count;
    this.#tell({ startedAt, peaks: this.#peaks.splice(0, count) });
  }
}

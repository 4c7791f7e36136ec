import type { HeardPeaks } from '@outdial/contract';
import { PeakMeter } from '@outdial/media';

const SAMPLES_A_MS = 8;
/** Frames that are later than this were not sent: what lies between is not loud. */
const GAP_MS = 500;

/** Tells how loud the callee is from the frames of it that are listened to, as the worker's own media do. */
export class FrameMeter {
  readonly #meter: PeakMeter;
  #startedAt: number | null = null;
  /** Samples so far, those that were not sent among them. */
  #position = 0;
  #isFull = false;

  constructor(seconds: number, onHeard: (heard: HeardPeaks) => void) {
    this.#meter = new PeakMeter(seconds, onHeard, () => {
      this.#isFull = true;
    });
  }

  frame(pcm: Int16Array): void {
    if (this.#isFull) return;
    const now = performance.now();
    this.#startedAt ??= now - pcm.length / SAMPLES_A_MS;
    const due = Math.round((now - this.#startedAt) * SAMPLES_A_MS) - pcm.length;
    if (due - this.#position > GAP_MS * SAMPLES_A_MS) this.#position = due;
    this.#meter.audio(pcm, this.#position);
    this.#position += pcm.length;
  }

  /** Tells what was not told yet. */
  close(): void {
    if (!this.#isFull) this.#meter.close();
    this.#isFull = true;
  }
}

import { concat } from '../../media/audio-source.js';
import { FRAME_SAMPLES, SAMPLE_RATE } from '../../media/frame-clock.js';
import { resample } from '../../media/resample.js';

/**
 * Resamples 20 ms frames of 8 kHz to a multiple of that rate, one frame late: the filter needs both
 * neighbours.
 */
export class FrameResampler {
  readonly #rate: number;
  #before = new Int16Array(FRAME_SAMPLES);
  #current = new Int16Array(FRAME_SAMPLES);

  /** @param rate a multiple of 8000 */
  constructor(rate: number) {
    this.#rate = rate;
  }

  next(frame: Int16Array): Int16Array {
    if (this.#rate === SAMPLE_RATE) return frame;
    const three = resample(concat(this.#before, this.#current, frame), SAMPLE_RATE, this.#rate);
    this.#before = this.#current;
    this.#current = frame.slice();
    const length = (FRAME_SAMPLES * this.#rate) / SAMPLE_RATE;
    return three.subarray(length, 2 * length);
  }
}

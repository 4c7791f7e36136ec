import { BANDS, INPUTS } from '../audio/dimensions.js';
import { type Frame, HOP_MS } from '../audio/frame.js';

/** Frames per step: the net processes 20 ms at a time. */
const FRAMES_PER_STEP = 2;
export const STEP_MS = FRAMES_PER_STEP * HOP_MS;

/** Measures of a step: the bands, their sum, and its mean over `MEAN_STEPS`, in dB; and the tonality. */
export const MEASURES = BANDS + 3;
export const MEAN_DB = BANDS + 1;
const TOTAL_DB = BANDS;
const TONALITY = BANDS + 2;
export const MEAN_STEPS = 5;

/** Quieter sounds are never speech. */
export const QUIETEST_LOUDEST_DB = -50;

/** Measures the steps of a call, before any gain. */
export class StepMeter {
  readonly values = new Float64Array(MEASURES);
  readonly #bands = new Float32Array(BANDS);
  readonly #totals = new Float32Array(MEAN_STEPS);
  #tonality = 0;
  #frames = 0;
  #steps = 0;

  /** Adds a frame; returns true when a step is complete. */
  push(frame: Frame): boolean {
    for (let n = 0; n < BANDS; n++) this.#bands[n] = (this.#bands[n] as number) + (frame.bands[n] as number);
    this.#tonality += frame.firstShare + frame.secondShare;
    this.#frames++;
    if (this.#frames < FRAMES_PER_STEP) return false;
    this.#complete();
    return true;
  }

  #complete(): void {
    let total = 0;
    for (let n = 0; n < BANDS; n++) {
      const power = this.#bands[n] as number;
      this.values[n] = decibels(power / FRAMES_PER_STEP);
      total += power;
      this.#bands[n] = 0;
    }
    this.#totals[this.#steps++ % MEAN_STEPS] = total / FRAMES_PER_STEP;
    let sum = 0;
    for (let n = 0; n < MEAN_STEPS; n++) sum += this.#totals[n] as number;
    this.values[TOTAL_DB] = decibels(total / FRAMES_PER_STEP);
    this.values[MEAN_DB] = decibels(sum / MEAN_STEPS);
    this.values[TONALITY] = this.#tonality / FRAMES_PER_STEP;
    this.#tonality = 0;
    this.#frames = 0;
  }
}

/** Converts the measures of successive steps into inputs of the net, with a gain. */
export class StepInputs {
  readonly values = new Float64Array(INPUTS);
  #gainDb = 0;
  #loudestDb = QUIETEST_LOUDEST_DB;

  /**
   * Restarts at the beginning of the call with another gain. Without a restart the gain is 0 dB, as in
   * training.
   */
  restart(gainDb: number): void {
    this.#gainDb = gainDb;
    this.#loudestDb = QUIETEST_LOUDEST_DB;
  }

  /** Converts the step whose measures begin at index `from` into `values`. */
  take(measures: Float64Array | Float32Array, from: number): void {
    const gain = this.#gainDb;
    this.#loudestDb = Math.max(this.#loudestDb, (measures[from + MEAN_DB] as number) + gain);
    for (let n = 0; n < BANDS; n++)
      this.values[n] = clamp(((measures[from + n] as number) + gain - this.#loudestDb) / 20 + 1);
    this.values[BANDS] = clamp(((measures[from + TOTAL_DB] as number) + gain + 45) / 20);
    this.values[BANDS + 1] = clamp((this.#loudestDb + 30) / 20);
    this.values[BANDS + 2] = 2 * (measures[from + TONALITY] as number) - 1;
  }
}

function decibels(power: number): number {
  return 10 * Math.log10(power + 1e-10);
}

function clamp(value: number): number {
  return Math.max(-2.5, Math.min(2.5, value));
}

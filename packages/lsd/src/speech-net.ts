import type { Frame } from './frame.js';
import { Gain, SETTLED_STEPS } from './gain.js';
import { net } from './kernels.js';
import { UNITS } from './sizes.js';
import type { SoundHistory } from './sound-history.js';
import { WEIGHTS } from './speech-net-weights.js';
import { MEAN_DB, MEAN_STEPS, MEASURES, STEP_MS, StepInputs, StepMeter } from './step-inputs.js';

/** The net hears this much more before it judges a step. */
export const LOOKAHEAD_STEPS = 8;
export const LOOKAHEAD_MS = LOOKAHEAD_STEPS * STEP_MS;

/** By then a tone has ended, or is known. */
const LONGEST_BEEP_STEPS = 65;
/** Steps kept, to be judged anew: 11.5 s, after which a call's level is known. */
const STEPS_KEPT = 576;

/**
 * A recurrent net (GRU) that tells the nearby voice from what is behind it. When the call turns out to be
 * quieter or louder than thought, all of it is judged anew, so that the same call gives the same at any level.
 */
export class SpeechNet {
  readonly #history: SoundHistory;
  readonly #floorDb = () => this.#history.floorDb();
  readonly #loudestDb = () => this.#loudestStepDb();
  readonly #meter = new StepMeter();
  readonly #gain = new Gain();
  readonly #inputs = new StepInputs();
  readonly #state = new Float64Array(UNITS);
  /** What was measured of the first 11.5 s, step after step. */
  readonly measures = new Float32Array(STEPS_KEPT * MEASURES);
  #steps = 0;
  /** The loudest of the steps so long ago that it is settled what was a tone. */
  #olderSteps = 0;
  #olderLoudestDb = -100;

  /** It writes what it judges into `history`, and asks it for the background and the tones so far. */
  constructor(history: SoundHistory) {
    this.#history = history;
  }

  push(frame: Frame): void {
    if (!this.#meter.push(frame)) return;
    const { values } = this.#meter;
    const at = this.#steps++;
    if (at >= STEPS_KEPT) {
      this.#judge(at, values, 0);
      return;
    }
    this.measures.set(values, at * MEASURES);
    if (this.#gain.push(values[MEAN_DB] as number, this.#loudestDb, this.#floorDb)) this.#judgeAnew(at);
    this.#judge(at, this.measures, at * MEASURES);
  }

  /** Judges all steps before `end` with the gain as it is now. */
  #judgeAnew(end: number): void {
    this.#inputs.restart(this.#gain.db);
    this.#state.fill(0);
    for (let at = 0; at < end; at++) this.#judge(at, this.measures, at * MEASURES);
  }

  #judge(at: number, measures: Float64Array | Float32Array, from: number): void {
    this.#inputs.take(measures, from);
    net.inputs.set(this.#inputs.values);
    net.state.set(this.#state);
    net.step();
    this.#state.set(net.state);
    if (at < LOOKAHEAD_STEPS) return;
    const startMs = (at - LOOKAHEAD_STEPS) * STEP_MS;
    this.#history.markSpeech(startMs, startMs + STEP_MS, net.probability[0] as number);
  }

  /** The mean level of the loudest step, tones left out, and what may prove to be one. */
  #loudestStepDb(): number {
    const end = this.#steps - SETTLED_STEPS;
    const older = Math.max(this.#olderSteps, end - LONGEST_BEEP_STEPS);
    this.#olderLoudestDb = Math.max(this.#olderLoudestDb, this.#loudestIn(this.#olderSteps, older));
    this.#olderSteps = older;
    return Math.max(this.#olderLoudestDb, this.#loudestIn(older, end));
  }

  #loudestIn(from: number, to: number): number {
    let loudest = -100;
    let lastTone = from - MEAN_STEPS;
    for (let at = Math.max(0, from - MEAN_STEPS + 1); at < to; at++) {
      if (this.#history.isTone(at * STEP_MS)) lastTone = at;
      else if (at >= from && at - lastTone >= MEAN_STEPS)
        loudest = Math.max(loudest, this.measures[at * MEASURES + MEAN_DB] as number);
    }
    return loudest;
  }
}

net.weights.set(WEIGHTS);
net.arrange();

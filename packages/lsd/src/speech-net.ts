import type { Frame } from './frame.js';
import { Gain, SETTLED_STEPS } from './gain.js';
import type { SoundHistory } from './sound-history.js';
import { WEIGHTS } from './speech-net-weights.js';
import { INPUTS, MEAN_DB, MEAN_STEPS, MEASURES, STEP_MS, StepInputs, StepMeter } from './step-inputs.js';

/** The net hears this much more before it judges a step. */
export const LOOKAHEAD_STEPS = 8;
export const LOOKAHEAD_MS = LOOKAHEAD_STEPS * STEP_MS;

export const UNITS = 20;
/** Weights: three gates of `UNITS` rows of (inputs, state, bias), then the output's row of (state, bias). */
const ROW = INPUTS + UNITS + 1;
export const WEIGHT_COUNT = 3 * UNITS * ROW + UNITS + 1;

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
    step(weights, this.#inputs.values, this.#state);
    if (at < LOOKAHEAD_STEPS) return;
    const startMs = (at - LOOKAHEAD_STEPS) * STEP_MS;
    this.#history.markSpeech(startMs, startMs + STEP_MS, output.probability);
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

const weights = Float64Array.from(WEIGHTS);
const GATE = UNITS * ROW;
/** What a row is multiplied with: inputs, state, and 1 for the bias. */
const seen = new Float64Array(ROW).fill(1);
const update = new Float64Array(UNITS);
const reset = new Float64Array(UNITS);
const sums = new Float64Array(4);

/** What the last step gave. (A returned number would be an object on the heap, fifty times a second and call.) */
const output = { probability: 0.5 };

/** One step of the GRU: changes `state` and `output`. */
function step(w: Float64Array, inputs: Float64Array, state: Float64Array): void {
  for (let n = 0; n < INPUTS; n++) seen[n] = inputs[n] as number;
  for (let n = 0; n < UNITS; n++) seen[INPUTS + n] = state[n] as number;
  for (let unit = 0; unit < UNITS; unit += 2) {
    const at = unit * ROW;
    fourRows(w, at, at + ROW, at + GATE, at + GATE + ROW);
    update[unit] = sigmoid(sums[0] as number);
    update[unit + 1] = sigmoid(sums[1] as number);
    reset[unit] = sigmoid(sums[2] as number);
    reset[unit + 1] = sigmoid(sums[3] as number);
  }
  for (let n = 0; n < UNITS; n++) seen[INPUTS + n] = (reset[n] as number) * (state[n] as number);
  let sum = w[3 * GATE + UNITS] as number;
  for (let unit = 0; unit < UNITS; unit += 4) {
    const at = 2 * GATE + unit * ROW;
    fourRows(w, at, at + ROW, at + 2 * ROW, at + 3 * ROW);
    for (let n = 0; n < 4; n++)
      sum += (w[3 * GATE + unit + n] as number) * blend(state, unit + n, sums[n] as number);
  }
  output.probability = sigmoid(sum);
}

/** Four rows at a time: a quarter of the loads of what they are multiplied with. */
function fourRows(w: Float64Array, a: number, b: number, c: number, d: number): void {
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let n = 0; n < ROW; n++) {
    const x = seen[n] as number;
    sumA += (w[a + n] as number) * x;
    sumB += (w[b + n] as number) * x;
    sumC += (w[c + n] as number) * x;
    sumD += (w[d + n] as number) * x;
  }
  sums[0] = sumA;
  sums[1] = sumB;
  sums[2] = sumC;
  sums[3] = sumD;
}

/** The unit's new state: partly what it was, partly the candidate. */
function blend(state: Float64Array, unit: number, sum: number): number {
  const keep = update[unit] as number;
  const next = keep * (state[unit] as number) + (1 - keep) * Math.tanh(sum);
  state[unit] = next;
  return next;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

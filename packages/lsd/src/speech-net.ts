import { BANDS, type Frame, HOP_MS } from './frame.js';
import { WEIGHTS } from './speech-net-weights.js';

/** Frames a step: the net looks at 20 ms at a time. */
const FRAMES_A_STEP = 2;
export const STEP_MS = FRAMES_A_STEP * HOP_MS;
/** The net hears this much more before it judges a step. */
export const LOOKAHEAD_STEPS = 8;
export const LOOKAHEAD_MS = LOOKAHEAD_STEPS * STEP_MS;

/** Inputs: bands against the loudest so far; the level, the loudest itself, and how tonal the sound is. */
export const INPUTS = BANDS + 3;
export const UNITS = 20;
/** Weights: three gates of `UNITS` rows of (inputs, state, bias), then the output's row of (state, bias). */
const ROW = INPUTS + UNITS + 1;
export const WEIGHT_COUNT = 3 * UNITS * ROW + UNITS + 1;

const LOUDEST_STEPS = 5;
const QUIETEST_LOUDEST_DB = -50;
/** A call quieter than those the net was trained on is lifted: its loudest to here, by no more than this, */
const LIFTED_TO_DB = -24;
const LIFTED_BY_DB = 20;
/** once something stands out from the background by this much. */
const STANDS_OUT_DB = 15;

/** What a step sounds like, as the net's inputs: independent of the call's level. */
export class StepFeatures {
  readonly values = new Float64Array(INPUTS);
  readonly #bands = new Float32Array(BANDS);
  readonly #levels = new Float32Array(LOUDEST_STEPS);
  #tonality = 0;
  #frames = 0;
  #steps = 0;
  #loudestDb = QUIETEST_LOUDEST_DB;
  #quietestDb = 0;
  readonly #liftedByDb: number;

  /** `liftedByDb`: 0 in training, on calls as loud as they are. */
  constructor(liftedByDb = LIFTED_BY_DB) {
    this.#liftedByDb = liftedByDb;
  }

  /** Takes a frame; true when a step is complete. */
  push(frame: Frame): boolean {
    for (let n = 0; n < BANDS; n++) this.#bands[n] = (this.#bands[n] as number) + (frame.bands[n] as number);
    this.#tonality += frame.firstShare + frame.secondShare;
    this.#frames++;
    if (this.#frames < FRAMES_A_STEP) return false;
    this.#complete();
    return true;
  }

  #complete(): void {
    let total = 0;
    for (let n = 0; n < BANDS; n++) total += this.#bands[n] as number;
    this.#levels[this.#steps++ % LOUDEST_STEPS] = total / FRAMES_A_STEP;
    let sum = 0;
    for (let n = 0; n < LOUDEST_STEPS; n++) sum += this.#levels[n] as number;
    const meanDb = decibels(sum / LOUDEST_STEPS);
    this.#loudestDb = Math.max(this.#loudestDb, meanDb);
    if (this.#steps >= LOUDEST_STEPS) this.#quietestDb = Math.min(this.#quietestDb, meanDb);
    const lift = this.#liftDb();
    for (let n = 0; n < BANDS; n++) {
      const db = decibels((this.#bands[n] as number) / FRAMES_A_STEP);
      this.values[n] = clamp((db - this.#loudestDb) / 20 + 1);
      this.#bands[n] = 0;
    }
    this.values[BANDS] = clamp((decibels(total / FRAMES_A_STEP) + lift + 45) / 20);
    this.values[BANDS + 1] = clamp((this.#loudestDb + lift + 30) / 20);
    this.values[BANDS + 2] = 2 * (this.#tonality / FRAMES_A_STEP) - 1;
    this.#tonality = 0;
    this.#frames = 0;
  }

  #liftDb(): number {
    if (this.#loudestDb - this.#quietestDb < STANDS_OUT_DB) return 0;
    return Math.max(0, Math.min(this.#liftedByDb, LIFTED_TO_DB - this.#loudestDb));
  }
}

/** A recurrent net (GRU) that tells the nearby voice from what is behind it. */
export class SpeechNet {
  readonly #features = new StepFeatures();
  readonly #state = new Float64Array(UNITS);
  /** Probability that there was speech, `LOOKAHEAD_MS` before the last step. */
  probability = 0;

  /** Takes a frame; true when `probability` is new. */
  push(frame: Frame): boolean {
    if (!this.#features.push(frame)) return false;
    this.probability = step(weights, this.#features.values, this.#state);
    return true;
  }
}

const weights = Float64Array.from(WEIGHTS);
const GATE = UNITS * ROW;
/** What a row is multiplied with: inputs, state, and 1 for the bias. */
const seen = new Float64Array(ROW).fill(1);
const update = new Float64Array(UNITS);
const reset = new Float64Array(UNITS);
const sums = new Float64Array(4);

/** One step of the GRU: changes `state`, returns the output's probability. */
function step(w: Float64Array, inputs: Float64Array, state: Float64Array): number {
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
  return sigmoid(sum);
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

function decibels(power: number): number {
  return 10 * Math.log10(power + 1e-10);
}

function clamp(value: number): number {
  return Math.max(-2.5, Math.min(2.5, value));
}

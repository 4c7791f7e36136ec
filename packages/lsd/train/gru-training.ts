import { INPUTS, ROW, UNITS, WEIGHT_COUNT } from '../src/audio/dimensions.js';
import { LOOKAHEAD_STEPS } from '../src/speech/speech-net.js';

const GATE = UNITS * ROW;
const OUT = 3 * GATE;

/** The inputs of each step of a scene, and whether there is speech in it. */
export interface Sequence {
  inputs: Float32Array;
  isSpeech: Uint8Array;
}

/** Computes gradients of the mean cross-entropy of the net by back-propagation through time. */
export class GruGradient {
  readonly gradient = new Float64Array(WEIGHT_COUNT);
  readonly #steps: number;
  readonly #state: Float64Array;
  readonly #update: Float64Array;
  readonly #reset: Float64Array;
  readonly #candidate: Float64Array;
  readonly #output: Float64Array;

  constructor(steps: number) {
    this.#steps = steps;
    // Row 0 of the states is the initial state, zero.
    this.#state = new Float64Array((steps + 1) * UNITS);
    this.#update = new Float64Array(steps * UNITS);
    this.#reset = new Float64Array(steps * UNITS);
    this.#candidate = new Float64Array(steps * UNITS);
    this.#output = new Float64Array(steps);
  }

  /** Adds the gradient of a sequence; returns its mean loss. */
  add(w: Float64Array, { inputs, isSpeech }: Sequence): number {
    for (let t = 0; t < this.#steps; t++) this.#forward(w, inputs, t);
    let loss = 0;
    const carried = new Float64Array(UNITS);
    for (let t = this.#steps - 1; t >= 0; t--) {
      const target = t >= LOOKAHEAD_STEPS ? (isSpeech[t - LOOKAHEAD_STEPS] as number) : -1;
      const output = this.#output[t] as number;
      const error = target < 0 ? 0 : (output - target) / this.#steps;
      if (target >= 0) loss -= Math.log(Math.max(1e-9, target === 1 ? output : 1 - output)) / this.#steps;
      this.#backward(w, inputs, t, error, carried);
    }
    return loss;
  }

  #forward(w: Float64Array, inputs: Float32Array, t: number): void {
    const h = t * UNITS;
    const gated = new Float64Array(UNITS);
    for (let unit = 0; unit < UNITS; unit++) {
      this.#update[h + unit] = sigmoid(this.#row(w, unit * ROW, inputs, t, this.#state, h));
      const reset = sigmoid(this.#row(w, GATE + unit * ROW, inputs, t, this.#state, h));
      this.#reset[h + unit] = reset;
      gated[unit] = reset * (this.#state[h + unit] as number);
    }
    let sum = w[OUT + UNITS] as number;
    for (let unit = 0; unit < UNITS; unit++) {
      const candidate = Math.tanh(this.#row(w, 2 * GATE + unit * ROW, inputs, t, gated, 0));
      this.#candidate[h + unit] = candidate;
      const keep = this.#update[h + unit] as number;
      const next = keep * (this.#state[h + unit] as number) + (1 - keep) * candidate;
      this.#state[h + UNITS + unit] = next;
      sum += (w[OUT + unit] as number) * next;
    }
    this.#output[t] = sigmoid(sum);
  }

  #row(
    w: Float64Array,
    at: number,
    inputs: Float32Array,
    t: number,
    state: Float64Array,
    from: number,
  ): number {
    let sum = w[at + INPUTS + UNITS] as number;
    for (let n = 0; n < INPUTS; n++) sum += (w[at + n] as number) * (inputs[t * INPUTS + n] as number);
    for (let n = 0; n < UNITS; n++) sum += (w[at + INPUTS + n] as number) * (state[from + n] as number);
    return sum;
  }

  /**
   * @param carried derivative of the loss by the state after step t, from later steps; on return, by the
   * state before it
   */
  #backward(w: Float64Array, inputs: Float32Array, t: number, error: number, carried: Float64Array): void {
    const h = t * UNITS;
    const g = this.gradient;
    const before = new Float64Array(UNITS);
    const gated = new Float64Array(UNITS);
    const byGated = new Float64Array(UNITS);
    for (let unit = 0; unit < UNITS; unit++)
      gated[unit] = (this.#reset[h + unit] as number) * (this.#state[h + unit] as number);
    g[OUT + UNITS] = (g[OUT + UNITS] as number) + error;
    for (let unit = 0; unit < UNITS; unit++) {
      g[OUT + unit] = (g[OUT + unit] as number) + error * (this.#state[h + UNITS + unit] as number);
      const byState = (carried[unit] as number) + error * (w[OUT + unit] as number);
      const keep = this.#update[h + unit] as number;
      const candidate = this.#candidate[h + unit] as number;
      before[unit] = (before[unit] as number) + byState * keep;
      const byUpdate = byState * ((this.#state[h + unit] as number) - candidate) * keep * (1 - keep);
      this.#spread(w, unit * ROW, inputs, t, byUpdate, this.#state, h, before);
      const byCandidate = byState * (1 - keep) * (1 - candidate * candidate);
      this.#spread(w, 2 * GATE + unit * ROW, inputs, t, byCandidate, gated, 0, byGated);
    }
    for (let unit = 0; unit < UNITS; unit++) {
      const reset = this.#reset[h + unit] as number;
      const by = byGated[unit] as number;
      before[unit] = (before[unit] as number) + by * reset;
      const byReset = by * (this.#state[h + unit] as number) * reset * (1 - reset);
      this.#spread(w, GATE + unit * ROW, inputs, t, byReset, this.#state, h, before);
    }
    carried.set(before);
  }

  /** Adds `by` times the inputs of a row to the gradient, and `by` times its weights to `byState`. */
  #spread(
    w: Float64Array,
    at: number,
    inputs: Float32Array,
    t: number,
    by: number,
    state: Float64Array,
    from: number,
    byState: Float64Array,
  ): void {
    const g = this.gradient;
    for (let n = 0; n < INPUTS; n++)
      g[at + n] = (g[at + n] as number) + by * (inputs[t * INPUTS + n] as number);
    for (let n = 0; n < UNITS; n++) {
      const k = at + INPUTS + n;
      g[k] = (g[k] as number) + by * (state[from + n] as number);
      byState[n] = (byState[n] as number) + by * (w[k] as number);
    }
    g[at + INPUTS + UNITS] = (g[at + INPUTS + UNITS] as number) + by;
  }
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

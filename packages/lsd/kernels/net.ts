// One step of the recurrent net (a GRU): 20 rows at a time, two per vector.
import { INPUTS, ROW, UNITS, WEIGHT_COUNT } from '../src/audio/dimensions';

const DOUBLE: i32 = 8;
const VECTOR: i32 = 16;
/** Beyond this, adding 1 to exp(x) or exp(-x) makes no noticeable difference. */
const LARGEST: f64 = 40;
/** The 20 weights of one input are adjacent. */
const COLUMN: i32 = UNITS * DOUBLE;
const GATE: i32 = ROW * COLUMN;

/** Input, written once: the weights, row by row, as 64-bit floats. Call `arrange` afterwards. */
export const weights: usize = memory.data(WEIGHT_COUNT << 3, 16);
/** Input: the inputs of the net, 64-bit floats. */
export const inputs: usize = memory.data(INPUTS << 3, 16);
/** Input and output: the recurrent state, 64-bit floats. */
export const state: usize = memory.data(UNITS << 3, 16);
/**
 * Output: the probability of speech `LOOKAHEAD_STEPS` ago. In memory, because a returned double would be
 * boxed on the heap.
 */
export const probability: usize = memory.data(8, 16);

const columns: usize = memory.data((3 * ROW * UNITS) << 3, 16);
/** The factors of a row: inputs, state, and 1 for the bias. */
const factors: usize = memory.data(ROW << 3, 16);
const update: usize = memory.data(UNITS << 3, 16);
const reset: usize = memory.data(UNITS << 3, 16);
const candidate: usize = memory.data(UNITS << 3, 16);

/** Rearranges the weights of the gates column by column. */
export function arrange(): void {
  for (let row = 0; row < 3 * UNITS; row++)
    for (let n = 0; n < ROW; n++) {
      const to = columns + (row / UNITS) * GATE + n * COLUMN + (row % UNITS) * DOUBLE;
      store<f64>(to, load<f64>(weights + (row * ROW + n) * DOUBLE));
    }
  store<f64>(factors + (ROW - 1) * DOUBLE, 1);
}

/** Reads `inputs`, updates `state`, and writes `probability`. */
export function step(): void {
  const remembered = factors + INPUTS * DOUBLE;
  memory.copy(factors, inputs, INPUTS * DOUBLE);
  memory.copy(remembered, state, COLUMN);
  rows(columns, update);
  rows(columns + GATE, reset);
  for (let at = 0; at < COLUMN; at += VECTOR)
    v128.store(remembered + at, f64x2.mul(sigmoid(v128.load(reset + at)), v128.load(state + at)));
  rows(columns + 2 * GATE, candidate);
  const output = weights + 3 * UNITS * ROW * DOUBLE;
  let sum = f64x2.splat(0);
  for (let at = 0; at < COLUMN; at += VECTOR) {
    // The new state of a unit is a mix of its old state and the candidate.
    const keep = sigmoid(v128.load(update + at));
    const change = tanh(v128.load(candidate + at));
    const next = f64x2.add(change, f64x2.mul(keep, f64x2.sub(v128.load(state + at), change)));
    v128.store(state + at, next);
    sum = f64x2.add(sum, f64x2.mul(v128.load(output + at), next));
  }
  const bias = load<f64>(output + COLUMN);
  const total = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + bias;
  store<f64>(probability, f64x2.extract_lane(sigmoid(f64x2.splat(total)), 0));
}

/**
 * The products of the 20 rows of a gate with `factors`, at the same time, so that each factor is loaded only
 * once.
 */
function rows(gate: usize, to: usize): void {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let e = a;
  let f = a;
  let g = a;
  let h = a;
  let i = a;
  let j = a;
  let column = gate;
  for (let at = factors; at < factors + ROW * DOUBLE; at += DOUBLE) {
    const x = v128.load_splat<f64>(at);
    a = f64x2.add(a, f64x2.mul(v128.load(column), x));
    b = f64x2.add(b, f64x2.mul(v128.load(column, 16), x));
    c = f64x2.add(c, f64x2.mul(v128.load(column, 32), x));
    d = f64x2.add(d, f64x2.mul(v128.load(column, 48), x));
    e = f64x2.add(e, f64x2.mul(v128.load(column, 64), x));
    f = f64x2.add(f, f64x2.mul(v128.load(column, 80), x));
    g = f64x2.add(g, f64x2.mul(v128.load(column, 96), x));
    h = f64x2.add(h, f64x2.mul(v128.load(column, 112), x));
    i = f64x2.add(i, f64x2.mul(v128.load(column, 128), x));
    j = f64x2.add(j, f64x2.mul(v128.load(column, 144), x));
    column += COLUMN;
  }
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
  v128.store(to, e, 64);
  v128.store(to, f, 80);
  v128.store(to, g, 96);
  v128.store(to, h, 112);
  v128.store(to, i, 128);
  v128.store(to, j, 144);
}

function sigmoid(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, exp(f64x2.neg(x))));
}

function tanh(x: v128): v128 {
  const two = f64x2.splat(2);
  return f64x2.sub(f64x2.mul(two, sigmoid(f64x2.mul(two, x))), f64x2.splat(1));
}

/**
 * exp(x) to within 1e-11: 2 ** n * exp(r), where r is at most half of ln 2, so that ten terms of the series
 * are enough.
 */
function exp(x: v128): v128 {
  const bounded = f64x2.max(f64x2.min(x, f64x2.splat(LARGEST)), f64x2.splat(-LARGEST));
  const n = f64x2.nearest(f64x2.mul(bounded, f64x2.splat(Math.LOG2E)));
  const r = f64x2.sub(bounded, f64x2.mul(n, f64x2.splat(Math.LN2)));
  let series = f64x2.splat(1 / 362880.0);
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 40320.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 5040.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 720.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 120.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 24.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 6.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1 / 2.0));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1));
  series = f64x2.add(f64x2.mul(series, r), f64x2.splat(1));
  const exponent = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(n));
  return f64x2.mul(series, i64x2.shl(i64x2.add(exponent, i64x2.splat(1023)), 52));
}

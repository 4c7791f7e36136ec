// The power spectrum of a window, its cumulative sum and its strongest peaks.
import { BINS, WINDOW } from '../src/audio/dimensions';

const HALF: i32 = WINDOW / 2;
const BITS: i32 = 7;
const COMPLEX: i32 = 16;
/** Flips the sign of the second lane. */
const SECOND_SIGN = i64x2(0, i64.MIN_VALUE);

/** Input: the last `WINDOW` samples as a ring buffer, 32-bit floats. */
export const samples: usize = memory.data(WINDOW << 2, 16);
/** Input, written once: the Hann window, 64-bit floats. */
export const hann: usize = memory.data(WINDOW << 3, 16);
/**
 * Input, written once: exp(-2 pi i n / WINDOW), and i times that, for each n. Real and imaginary part, 64-bit
 * floats.
 */
export const twiddles: usize = memory.data(WINDOW << 4, 16);
export const twiddlesTimesI: usize = memory.data(WINDOW << 4, 16);
/** Output: the power in each bin, 32-bit floats. */
export const power: usize = memory.data(BINS << 2, 16);
/** Output: the cumulative power below each bin, and in all bins, 64-bit floats. */
export const below: usize = memory.data((BINS + 1) << 3, 16);

/** Complex numbers: real and imaginary part in the two lanes of a vector. */
const points: usize = memory.data(HALF << 4, 16);
/** The bit-reversed index of the first of the four points of each group of the first two stages. */
const order: usize = memory.data(HALF / 4);
for (let group = 0; group < HALF / 4; group++) store<u8>(order + group, <u8>reversed(4 * group));

/** A full-scale sine (amplitude 32767) has a power of about 1 (0 dB), summed over the bins of its peak. */
const SCALE: f64 = 1.0 / (32768.0 * 32768.0 * <f64>WINDOW * <f64>WINDOW * (3.0 / 32.0));

/**
 * Transforms the ring buffer, which begins at `start` (even), with a Hann window into `power` and `below`.
 * The real transform uses a complex one of half the length: decimation in time, two stages per pass.
 */
export function transform(start: i32): void {
  firstTwoStages(start);
  for (let size = 4; size < HALF / 2; size *= 4) twoStages(size);
  lastStage();
  store<f32>(power, 0);
  for (let k = 1; k <= HALF / 2; k++) realBins(k);
  let sum: f64 = 0;
  for (let k = 0; k < BINS; k++) {
    sum += <f64>load<f32>(power + (k << 2));
    store<f64>(below + ((k + 1) << 3), sum);
  }
}

/** The strongest bin, from bin `low`. */
export function strongest(low: i32): i32 {
  let best = low;
  let most = load<f32>(power + (low << 2));
  for (let k = low + 1; k < BINS - 1; k++) {
    const here = load<f32>(power + (k << 2));
    if (here <= most) continue;
    most = here;
    best = k;
  }
  return best;
}

/** The strongest peak, from bin `low`, at least `apart` bins away from bin `taken`; 0 when there is none. */
export function strongestApart(low: i32, taken: i32, apart: i32): i32 {
  let best = 0;
  let most: f32 = 0;
  for (let k = low; k < BINS - 1; k++) {
    const at = power + (k << 2);
    const here = load<f32>(at);
    if (here <= most || abs(k - taken) < apart) continue;
    if (here <= load<f32>(at - 4) || here < load<f32>(at, 4)) continue;
    most = here;
    best = k;
  }
  return best;
}

/**
 * Windows the samples in bit-reversed order, and does the stages of sizes 1 and 2, whose factors are 1 and
 * -i.
 */
function firstTwoStages(start: i32): void {
  for (let k = 0; k < HALF; k += 4) {
    const first = <i32>load<u8>(order + k / 4);
    const x = windowed(start, first);
    const y = windowed(start, first + HALF / 2);
    const z = windowed(start, first + HALF / 4);
    const t = windowed(start, first + HALF / 2 + HALF / 4);
    const a = f64x2.add(x, y);
    const b = f64x2.sub(x, y);
    const c = f64x2.add(z, t);
    const d = timesMinusI(f64x2.sub(z, t));
    const at = points + k * COMPLEX;
    v128.store(at, f64x2.add(a, c));
    v128.store(at, f64x2.add(b, d), 16);
    v128.store(at, f64x2.sub(a, c), 32);
    v128.store(at, f64x2.sub(b, d), 48);
  }
}

/** Samples 2n and 2n + 1 as one complex number. */
function windowed(start: i32, n: i32): v128 {
  const pair = v128.load64_zero(samples + (((start + 2 * n) & (WINDOW - 1)) << 2));
  return f64x2.mul(f64x2.promote_low_f32x4(pair), v128.load(hann + n * COMPLEX));
}

function reversed(k: i32): i32 {
  let result = 0;
  for (let bit = 0; bit < BITS; bit++) result |= ((k >> bit) & 1) << (BITS - 1 - bit);
  return result;
}

/** The stages of `size` and of twice that in one pass, with half the loads and stores. */
function twoStages(size: i32): void {
  const step = HALF / 2 / size;
  const next = size * COMPLEX;
  for (let j = 0; j < size; j++) {
    const u = 2 * j * step;
    const v = j * step;
    const w = 3 * j * step;
    for (let at = points + j * COMPLEX; at < points + HALF * COMPLEX; at += 4 * next) {
      const a = v128.load(at);
      const b = rotated(v128.load(at + next), u);
      const c = rotated(v128.load(at + 2 * next), v);
      const d = rotated(v128.load(at + 3 * next), w);
      const sum = f64x2.add(c, d);
      const difference = timesMinusI(f64x2.sub(c, d));
      const even = f64x2.add(a, b);
      const odd = f64x2.sub(a, b);
      v128.store(at, f64x2.add(even, sum));
      v128.store(at + 2 * next, f64x2.sub(even, sum));
      v128.store(at + next, f64x2.add(odd, difference));
      v128.store(at + 3 * next, f64x2.sub(odd, difference));
    }
  }
}

function lastStage(): void {
  const half = (HALF / 2) * COMPLEX;
  for (let n = 0; n < HALF / 2; n++) {
    const at = points + n * COMPLEX;
    const x = rotated(v128.load(at + half), 2 * n);
    const y = v128.load(at);
    v128.store(at, f64x2.add(y, x));
    v128.store(at + half, f64x2.sub(y, x));
  }
}

/**
 * |X(k)|² and |X(HALF - k)|² of the real signal, from the half-length transform of its even and odd samples.
 */
function realBins(k: i32): void {
  const mirror = HALF - k;
  const a = load<f64>(points + k * COMPLEX);
  const b = load<f64>(points + k * COMPLEX, 8);
  const c = load<f64>(points + mirror * COMPLEX);
  const d = load<f64>(points + mirror * COMPLEX, 8);
  const evenRe = a + c;
  const evenIm = b - d;
  const oddRe = b + d;
  const oddIm = c - a;
  const wr = load<f64>(twiddles + k * COMPLEX);
  const wi = load<f64>(twiddles + k * COMPLEX, 8);
  const rotatedRe = oddRe * wr - oddIm * wi;
  const rotatedIm = oddRe * wi + oddIm * wr;
  store<f32>(
    power + (k << 2),
    <f32>(SCALE * 0.25 * (square(evenRe + rotatedRe) + square(evenIm + rotatedIm))),
  );
  store<f32>(
    power + (mirror << 2),
    <f32>(SCALE * 0.25 * (square(evenRe - rotatedRe) + square(evenIm - rotatedIm))),
  );
}

/** x * exp(-2 pi i n / WINDOW) */
function rotated(x: v128, n: i32): v128 {
  const re = v128.shuffle<f64>(x, x, 0, 0);
  const im = v128.shuffle<f64>(x, x, 1, 1);
  const at = n * COMPLEX;
  return f64x2.add(f64x2.mul(re, v128.load(twiddles + at)), f64x2.mul(im, v128.load(twiddlesTimesI + at)));
}

function timesMinusI(x: v128): v128 {
  return v128.xor(v128.shuffle<f64>(x, x, 1, 0), SECOND_SIGN);
}

function square(x: f64): f64 {
  return x * x;
}

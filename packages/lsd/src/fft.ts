/** Samples of an analysis window: 32 ms at 8 kHz. */
export const WINDOW = 256;
/** Width of one bin of the power spectrum, in hertz. */
export const BIN_HZ = 8000 / WINDOW;
export const BINS = WINDOW / 2;

const HALF = WINDOW / 2;
const BITS = Math.log2(HALF);

const hann = new Float64Array(WINDOW);
for (let n = 0; n < WINDOW; n++) hann[n] = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / WINDOW);

const cosine = new Float64Array(WINDOW);
const sine = new Float64Array(WINDOW);
for (let n = 0; n < WINDOW; n++) {
  cosine[n] = Math.cos((2 * Math.PI * n) / WINDOW);
  sine[n] = Math.sin((2 * Math.PI * n) / WINDOW);
}

const bitReversed = new Uint8Array(HALF);
for (let n = 0; n < HALF; n++) {
  let reversed = 0;
  for (let bit = 0; bit < BITS; bit++) if (n & (1 << bit)) reversed |= 1 << (BITS - 1 - bit);
  bitReversed[n] = reversed;
}

// Work space shared by all detectors: an analysis never outlives one synchronous call.
const re = new Float64Array(HALF);
const im = new Float64Array(HALF);

/** A full-scale sine (amplitude 32767) has, summed over the bins of its peak, a power of about 1 (0 dB). */
const SCALE = 1 / (32768 * 32768 * WINDOW * WINDOW * (3 / 32));

/**
 * The power spectrum of the last `WINDOW` samples of a ring, Hann-windowed, into `power` (`BINS` values).
 * A real transform by a complex one of half the length.
 */
export function powerSpectrum(samples: Float32Array, start: number, power: Float32Array): void {
  const mask = WINDOW - 1;
  for (let n = 0; n < HALF; n++) {
    const to = bitReversed[n] as number;
    re[to] = (samples[(start + 2 * n) & mask] as number) * (hann[2 * n] as number);
    im[to] = (samples[(start + 2 * n + 1) & mask] as number) * (hann[2 * n + 1] as number);
  }
  firstTwoStages();
  for (let size = 4; size < HALF / 2; size *= 4) twoStages(size);
  lastStage();
  power[0] = 0;
  for (let k = 1; k <= HALF / 2; k++) realBins(k, power);
}

/** The stages of size 1 and 2, whose factors are 1 and -i. */
function firstTwoStages(): void {
  for (let k = 0; k < HALF; k += 4) {
    const ar = (re[k] as number) + (re[k + 1] as number);
    const ai = (im[k] as number) + (im[k + 1] as number);
    const br = (re[k] as number) - (re[k + 1] as number);
    const bi = (im[k] as number) - (im[k + 1] as number);
    const cr = (re[k + 2] as number) + (re[k + 3] as number);
    const ci = (im[k + 2] as number) + (im[k + 3] as number);
    const dr = (re[k + 2] as number) - (re[k + 3] as number);
    const di = (im[k + 2] as number) - (im[k + 3] as number);
    re[k] = ar + cr;
    im[k] = ai + ci;
    re[k + 1] = br + di;
    im[k + 1] = bi - dr;
    re[k + 2] = ar - cr;
    im[k + 2] = ai - ci;
    re[k + 3] = br - di;
    im[k + 3] = bi + dr;
  }
}

/** The stages of `size` and twice that in one pass: half the loads and stores of two. */
function twoStages(size: number): void {
  const step = HALF / 2 / size;
  for (let j = 0; j < size; j++) {
    const ur = cosine[2 * j * step] as number;
    const ui = -(sine[2 * j * step] as number);
    const vr = cosine[j * step] as number;
    const vi = -(sine[j * step] as number);
    const wr = cosine[3 * j * step] as number;
    const wi = -(sine[3 * j * step] as number);
    for (let a = j; a < HALF; a += 4 * size) {
      const b = a + size;
      const c = b + size;
      const d = c + size;
      const br = re[b] as number;
      const bi = im[b] as number;
      const cr = re[c] as number;
      const ci = im[c] as number;
      const dr = re[d] as number;
      const di = im[d] as number;
      const ubr = br * ur - bi * ui;
      const ubi = br * ui + bi * ur;
      const vcr = cr * vr - ci * vi;
      const vci = cr * vi + ci * vr;
      const wdr = dr * wr - di * wi;
      const wdi = dr * wi + di * wr;
      const ar = re[a] as number;
      const ai = im[a] as number;
      const sumR = vcr + wdr;
      const sumI = vci + wdi;
      const differenceR = vcr - wdr;
      const differenceI = vci - wdi;
      re[a] = ar + ubr + sumR;
      im[a] = ai + ubi + sumI;
      re[c] = ar + ubr - sumR;
      im[c] = ai + ubi - sumI;
      re[b] = ar - ubr + differenceI;
      im[b] = ai - ubi - differenceR;
      re[d] = ar - ubr - differenceI;
      im[d] = ai - ubi + differenceR;
    }
  }
}

function lastStage(): void {
  const size = HALF / 2;
  for (let a = 0; a < size; a++) {
    const b = a + size;
    const wr = cosine[2 * a] as number;
    const wi = -(sine[2 * a] as number);
    const xr = re[b] as number;
    const xi = im[b] as number;
    const tr = xr * wr - xi * wi;
    const ti = xr * wi + xi * wr;
    const yr = re[a] as number;
    const yi = im[a] as number;
    re[b] = yr - tr;
    im[b] = yi - ti;
    re[a] = yr + tr;
    im[a] = yi + ti;
  }
}

/** |X(k)|² and |X(HALF - k)|² of the real signal, from the half-length transform of its even and odd samples. */
function realBins(k: number, power: Float32Array): void {
  const mirror = HALF - k;
  const a = re[k] as number;
  const b = im[k] as number;
  const c = re[mirror] as number;
  const d = im[mirror] as number;
  const evenRe = a + c;
  const evenIm = b - d;
  const oddRe = b + d;
  const oddIm = c - a;
  const wr = cosine[k] as number;
  const wi = -(sine[k] as number);
  const turnedRe = oddRe * wr - oddIm * wi;
  const turnedIm = oddRe * wi + oddIm * wr;
  power[k] = SCALE * 0.25 * ((evenRe + turnedRe) ** 2 + (evenIm + turnedIm) ** 2);
  power[mirror] = SCALE * 0.25 * ((evenRe - turnedRe) ** 2 + (evenIm - turnedIm) ** 2);
}

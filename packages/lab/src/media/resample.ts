/** Zero crossings of the sinc on each side: some 60 dB of stop band with the window below. */
const ZERO_CROSSINGS = 16;
/** The pass band as a share of the lower rate's Nyquist frequency; the rest is the filter's slope. */
const PASS_BAND = 0.92;

/** Samples at `from` Hz to samples at `to` Hz, by a windowed-sinc filter with one set of taps a phase. */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return samples;
  const divisor = greatestCommonDivisor(from, to);
  const phases = to / divisor;
  const stride = from / divisor;
  const cutoff = Math.min(1, to / from) * PASS_BAND;
  const half = Math.ceil(ZERO_CROSSINGS / cutoff);
  const taps = Array.from({ length: phases }, (_, phase) => tapsOf(phase / phases, half, cutoff));

  const out = new Int16Array(Math.floor((samples.length * to) / from));
  for (let i = 0; i < out.length; i++) {
    const position = i * stride;
    const centre = Math.floor(position / phases);
    const filter = taps[position % phases] as Float64Array;
    let sum = 0;
    for (let k = 0; k < filter.length; k++) {
      sum += (filter[k] as number) * (samples[centre - half + 1 + k] ?? 0);
    }
    out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
}

/** The taps around an output sample that lies `fraction` of a sample behind its centre. */
function tapsOf(fraction: number, half: number, cutoff: number): Float64Array {
  const taps = Float64Array.from({ length: 2 * half }, (_, k) => {
    const x = k - half + 1 - fraction;
    const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / (half + 1));
    return window * cutoff * sinc(x * cutoff);
  });
  const gain = taps.reduce((sum, tap) => sum + tap, 0);
  return taps.map((tap) => tap / gain);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

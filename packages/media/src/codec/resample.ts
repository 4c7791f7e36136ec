import { SAMPLE_RATE } from './g711.js';

/** Zero crossings of the kernel on each side. */
const LOBES = 8;
/** Table steps from one zero crossing to the next. */
const STEPS = 512;
/** Leaves room for the filter's slope below half the lower rate. */
const PASS_SHARE = 0.92;

/** A sinc under a Blackman window, by its distance from the middle. */
const kernel = Float64Array.from({ length: LOBES * STEPS + 2 }, (_, n) => {
  const x = n / STEPS;
  if (x >= LOBES) return 0;
  const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  const phase = (Math.PI * x) / LOBES;
  return sinc * (0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
});

/**
 * Brings samples (-1 to 1) of any rate to 8 kHz, 16 bits, with what would alias filtered out. Writes the samples
 * `from` to `to` of the result, so that a long sound can be done in parts.
 */
export function resampleInto(
  input: Float32Array,
  rate: number,
  out: Int16Array,
  from: number,
  to: number,
): void {
  const step = rate / SAMPLE_RATE;
  const scale = Math.min(1, 1 / step) * PASS_SHARE;
  const reach = LOBES / scale;
  for (let n = from; n < to; n++) {
    const at = n * step;
    const first = Math.max(0, Math.ceil(at - reach));
    const last = Math.min(input.length - 1, Math.floor(at + reach));
    let sum = 0;
    for (let i = first; i <= last; i++)
      sum += (input[i] as number) * (kernel[Math.round(Math.abs(i - at) * scale * STEPS)] as number);
    out[n] = toInt16(sum * scale);
  }
}

/** As 16 bits, clipped. */
export function toInt16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
}

/** How many samples of 8 kHz so many samples of another rate are. */
export function resampledLength(samples: number, rate: number): number {
  return Math.round((samples * SAMPLE_RATE) / rate);
}

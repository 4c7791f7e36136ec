import { toInt16 } from './resample.js';

/** Taps of a half-band low-pass filter at 16 kHz: a windowed sinc that cuts off at 4 kHz. It delays by 15 samples: 1 ms. */
const TAPS = 31;
const MIDDLE = (TAPS - 1) / 2;
const taps = Float64Array.from({ length: TAPS }, (_, n) => {
  const x = n - MIDDLE;
  const sinc = x === 0 ? 0.5 : Math.sin((Math.PI * x) / 2) / (Math.PI * x);
  const phase = (2 * Math.PI * n) / (TAPS - 1);
  return sinc * (0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
});

/** Samples at 16 kHz, behind those that came before them. */
class Filter {
  #past = new Float64Array(TAPS - 1);

  /** Filters; the result is as long as `input`. */
  take(input: Float64Array): Float64Array {
    const all = new Float64Array(this.#past.length + input.length);
    all.set(this.#past);
    all.set(input, this.#past.length);
    this.#past = all.slice(input.length);
    return Float64Array.from(input, (_, n) => {
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap++) sum += (all[n + tap] as number) * (taps[tap] as number);
      return sum;
    });
  }
}

/** Brings a stream of 8 kHz to 16 kHz. */
export class DoubleRate {
  readonly #filter = new Filter();

  /** The next samples, of any number; gives twice as many. */
  take(pcm: Int16Array): Int16Array {
    const spread = new Float64Array(2 * pcm.length);
    for (let n = 0; n < pcm.length; n++) spread[2 * n] = (2 * (pcm[n] as number)) / 32_768;
    return Int16Array.from(this.#filter.take(spread), toInt16);
  }
}

/** Brings a stream of 16 kHz to 8 kHz; what lies above 4 kHz is filtered out. */
export class HalfRate {
  readonly #filter = new Filter();
  /** Whether the next sample is one that is left out. */
  #isOdd = false;

  /** The next samples, of any number; gives every second one. */
  take(pcm: Int16Array): Int16Array {
    const filtered = this.#filter.take(Float64Array.from(pcm, (sample) => sample / 32_768));
    const first = this.#isOdd ? 1 : 0;
    const kept = new Int16Array(Math.ceil((pcm.length - first) / 2));
    for (let n = 0; n < kept.length; n++) kept[n] = toInt16(filtered[2 * n + first] as number);
    if (pcm.length % 2 === 1) this.#isOdd = !this.#isOdd;
    return kept;
  }
}

import { BANDS, BINS, WINDOW } from './dimensions.js';
import { spectrum } from './kernels.js';

/** Sample rate of the audio in hertz. */
export const SAMPLE_RATE = 8000;
/** Time between two frames, in milliseconds and in samples. */
export const HOP_MS = 10;
export const HOP = (SAMPLE_RATE * HOP_MS) / 1000;

/** Measured every 10 ms over the last 32 ms. Each stream has one object, which is overwritten. */
export interface Frame {
  /** Power between 250 and 3700 Hz in dB; a full-scale sine is 0. */
  levelDb: number;
  /** The two strongest spectral peaks, in hertz, and their shares of the power above 150 Hz. */
  firstHz: number;
  firstShare: number;
  secondHz: number;
  secondShare: number;
  /** Share of the power around 1750 Hz, the band of ITU-T V.21 channel 2. */
  v21Share: number;
  /** Power in each of the `BANDS` bands from 110 to 3700 Hz. */
  readonly bands: Float32Array;
}

const BAND_EDGES_HZ = [110, 250, 390, 550, 730, 970, 1280, 1660, 2160, 2820, 3700];

const QUIET = 1e-10;
/** Width of one bin of the power spectrum, in hertz. */
const BIN_HZ = SAMPLE_RATE / WINDOW;
const bin = (hz: number): number => Math.round(hz / BIN_HZ);
const LOW_BIN = bin(150);
const SPEECH_LOW = bin(250);
const SPEECH_HIGH = bin(3700);
const V21_LOW = bin(1540);
const V21_HIGH = bin(1960);
/** Bins on either side that belong to the peak of a sine under a Hann window. */
const LOBE = 2;
/** A second peak closer than this merges with the first (440 + 480 Hz are one peak). */
const APART = 4;

const bandEdges = BAND_EDGES_HZ.map(bin);

const { power, below } = spectrum;

/** Turns a stream of samples into frames. */
export class FrameAnalyser {
  readonly frame: Frame = {
    levelDb: -100,
    firstHz: 0,
    firstShare: 0,
    secondHz: 0,
    secondShare: 0,
    v21Share: 0,
    bands: new Float32Array(BANDS),
  };
  /** True when the last samples completed a frame. */
  isReady = false;
  readonly #ring = new Float32Array(WINDOW);
  #at = 0;
  #untilFrame = HOP;

  /**
   * Takes samples from index `from` up to the end of the frame; returns the index of the first sample not
   * taken.
   */
  take(samples: Int16Array, from: number): number {
    const end = Math.min(samples.length, from + this.#untilFrame);
    const ring = this.#ring;
    let at = this.#at;
    for (let n = from; n < end; n++) {
      ring[at] = samples[n] as number;
      at = (at + 1) & (WINDOW - 1);
    }
    this.#at = at;
    this.#untilFrame -= end - from;
    this.isReady = this.#untilFrame === 0;
    if (this.isReady) {
      this.#untilFrame = HOP;
      this.#analyse();
    }
    return end;
  }

  #analyse(): void {
    spectrum.samples.set(this.#ring);
    spectrum.transform(this.#at);
    const frame = this.frame;
    const total = (below[BINS] as number) - (below[LOW_BIN] as number) + QUIET;
    const speech = (below[SPEECH_HIGH + 1] as number) - (below[SPEECH_LOW] as number);
    frame.levelDb = 10 * Math.log10(speech + QUIET);
    frame.v21Share = ((below[V21_HIGH + 1] as number) - (below[V21_LOW] as number)) / total;
    for (let n = 0; n < BANDS; n++)
      frame.bands[n] =
        (below[bandEdges[n + 1] as number] as number) - (below[bandEdges[n] as number] as number);
    const first = spectrum.strongest(LOW_BIN);
    const second = spectrum.strongestApart(LOW_BIN, first, APART);
    measurePeak(first, 0);
    frame.firstHz = peak.hz;
    frame.firstShare = peak.power / total;
    measurePeak(second, first);
    frame.secondHz = second === 0 ? 0 : peak.hz;
    frame.secondShare = second === 0 ? 0 : peak.power / total;
  }
}

/**
 * The last measured peak. Module-level, because returned doubles would be boxed on the heap 100 times a
 * second and call.
 */
const peak = { hz: 0.5, power: 0.5 };

/**
 * Measures the frequency of the peak at bin `k` by the ratio of its two highest bins (exact for a single sine
 * under a Hann window), and its power without the bins of the peak around bin `other` (0: no other peak).
 */
function measurePeak(k: number, other: number): void {
  const left = Math.sqrt(power[k - 1] ?? 0);
  const centre = Math.sqrt(power[k] as number) + 1e-9;
  const right = Math.sqrt(power[k + 1] ?? 0);
  const ratio = Math.max(left, right) / centre;
  const offset = Math.min(Math.max((2 * ratio - 1) / (ratio + 1), 0), 0.5);
  peak.hz = (k + (right > left ? offset : -offset)) * BIN_HZ;
  let total = 0;
  const last = Math.min(k + LOBE, BINS - 1);
  for (let n = Math.max(k - LOBE, 1); n <= last; n++) {
    if (other === 0 || Math.abs(n - other) > LOBE) total += power[n] as number;
  }
  peak.power = total;
}

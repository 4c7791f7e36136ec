import { concat } from './audio-source.js';
import { SAMPLE_RATE } from './frame-clock.js';

/** Peak of a tone on a telephone line, about -16 dBm0: two of them together do not clip. */
const TONE_PEAK = 4000;
/** Tones fade in and out over this long, so that they do not click. */
const RAMP_SAMPLES = 40;

export interface ToneOptions {
  /** Sample value at the crest of each frequency. */
  peak?: number;
  /** The carrier turns by 180 degrees this often (ITU-T V.25, to switch echo cancellers off). */
  phaseReversalMs?: number;
}

/** One or more frequencies at once. */
export function tone(
  frequencies: readonly number[],
  milliseconds: number,
  options: ToneOptions = {},
): Int16Array {
  const { peak = TONE_PEAK, phaseReversalMs = Number.POSITIVE_INFINITY } = options;
  const length = samplesOf(milliseconds);
  const reversal = samplesOf(phaseReversalMs);
  return Int16Array.from({ length }, (_, i) => {
    const sign = Math.floor(i / reversal) % 2 === 0 ? 1 : -1;
    const ramp = Math.min(1, (i + 1) / RAMP_SAMPLES, (length - i) / RAMP_SAMPLES);
    const sum = frequencies.reduce((s, hz) => s + Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE), 0);
    return Math.round(sign * ramp * peak * sum);
  });
}

/** Silence as samples. */
export function pause(milliseconds: number): Int16Array {
  return new Int16Array(samplesOf(milliseconds));
}

/** British ringing tone, one period: 400 + 450 Hz, twice 400 ms with 200 ms between, then 2 s of quiet. */
export function ringbackPeriod(): Int16Array {
  const ring = tone([400, 450], 400);
  return concat(ring, pause(200), ring, pause(2000));
}

/** Busy tone as in most of Europe: 425 Hz, half a second on and off. */
export function busyTone(milliseconds: number): Int16Array {
  return repeated(concat(tone([425], 500), pause(500)), milliseconds);
}

/** Congestion tone as in most of Europe: 425 Hz, a quarter of a second on and off. */
export function congestionTone(milliseconds: number): Int16Array {
  return repeated(concat(tone([425], 250), pause(250)), milliseconds);
}

/** Special information tones (ITU-T E.180): 950, 1400 and 1800 Hz, each 330 ms, then 300 ms of silence. */
export function specialInformationTones(): Int16Array {
  return concat(...[950, 1400, 1800].map((hz) => tone([hz], 330)), pause(300));
}

/** The beep of a voicemail box. */
export function beep(hz = 1000, milliseconds = 400): Int16Array {
  return tone([hz], milliseconds, { peak: 8000 });
}

/** Uniform noise with little below 200 Hz, as on an open line. The same `seed` gives the same noise. */
export function lineNoise(milliseconds: number, peak: number, seed: number): Int16Array {
  let state = seed >>> 0 || 1;
  let last = 0;
  return Int16Array.from({ length: samplesOf(milliseconds) }, () => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const white = (state | 0) / 2 ** 31;
    const sample = white - 0.85 * last;
    last = white;
    return Math.round((peak / 1.85) * sample);
  });
}

function repeated(period: Int16Array, milliseconds: number): Int16Array {
  return Int16Array.from({ length: samplesOf(milliseconds) }, (_, n) => period[n % period.length] as number);
}

export function samplesOf(milliseconds: number): number {
  return Math.round((milliseconds * SAMPLE_RATE) / 1000);
}

import { SAMPLE_RATE } from '../codec/g711.js';
import { MediaError } from '../errors.js';

/** A tone given as values. */
export interface ToneSpec {
  /** 1 to 8 frequencies that sound together, 20 to 3900 Hz. */
  frequencies: readonly number[];
  /** 1 to 60 000 ms. */
  onMs: number;
  /** The silence after it. Default 0. */
  offMs?: number;
  /** Of each frequency, in dBm0 as FreeSWITCH takes it: -63 to 0. Default -7. */
  volumeDb?: number;
}

/** A sequence of tones, and how often it is played; 0 is without end. */
export interface ToneSequence {
  tones: readonly Required<ToneSpec>[];
  loops: number;
}

const PREFIX = 'tone_stream://';
const SILENCE_PREFIX = 'silence_stream://';
const DEFAULT_VOLUME_DB = -7;
/** Full scale is +3.14 dBm0 in A-law and +3.17 in mu-law (ITU-T G.711). */
const FULL_SCALE_DBM0 = 3.14;
const LONGEST_MS = 60_000;
const LONGEST_SEQUENCE_MS = 300_000;
const RAMP_SAMPLES = 16;

export function isToneSource(source: string): boolean {
  return source.startsWith(PREFIX) || source.startsWith(SILENCE_PREFIX);
}

/**
 * Reads FreeSWITCH's tone sources: `tone_stream://%(on,off,f1[,f2...])`, several of them after one another, `v=-20` or
 * `v=-20;` before one for its volume in dB, and options after the last `;`: `loops=3` (`-1`: without end).
 * `silence_stream://1000` is silence (`-1`: without end). Throws `SOURCE_INVALID`.
 */
export function parseTones(source: string): ToneSequence {
  if (source.startsWith(SILENCE_PREFIX)) return parseSilence(source.slice(SILENCE_PREFIX.length));
  const tones: Required<ToneSpec>[] = [];
  let volumeDb = DEFAULT_VOLUME_DB;
  let loops = 1;
  let repeats = 1;
  for (const part of source.slice(PREFIX.length).match(/%\([^)]*\)|[^%;,]+/g) ?? []) {
    const text = part.trim();
    if (text.startsWith('%(')) {
      const tone = parseTone(text, volumeDb);
      for (let n = 0; n < repeats; n++) tones.push(tone);
      continue;
    }
    const [, name, value] = /^(v|l|L|loops)\s*=\s*(-?\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (name === undefined) throw invalid(source, `"${text}" is not understood`);
    if (name === 'v') volumeDb = Number(value);
    else if (name === 'loops') loops = Number(value);
    else repeats = Math.max(1, Number(value));
  }
  if (tones.length === 0) throw invalid(source, 'there is no tone in it');
  return { tones: checkTones(tones), loops: toLoops(loops) };
}

/** Checks a tone given as values. Throws `SOURCE_INVALID`. */
export function toSequence(spec: ToneSpec): ToneSequence {
  const tone = { offMs: 0, volumeDb: DEFAULT_VOLUME_DB, ...spec };
  if (tone.frequencies.length === 0) throw invalid(JSON.stringify(spec), 'it has no frequency');
  return { tones: checkTones([tone]), loops: 1 };
}

/** The samples of a sequence, once through. */
export function renderTones(tones: readonly Required<ToneSpec>[]): Int16Array {
  const length = tones.reduce((sum, { onMs, offMs }) => sum + samplesOf(onMs) + samplesOf(offMs), 0);
  const pcm = new Int16Array(length);
  let at = 0;
  for (const tone of tones) {
    const on = samplesOf(tone.onMs);
    renderTone(tone, pcm.subarray(at, at + on));
    at += on + samplesOf(tone.offMs);
  }
  return pcm;
}

function samplesOf(ms: number): number {
  return Math.round((ms * SAMPLE_RATE) / 1000);
}

function renderTone({ frequencies, volumeDb }: Required<ToneSpec>, out: Int16Array): void {
  const amplitude = 32_767 * 10 ** ((volumeDb - FULL_SCALE_DBM0) / 20);
  for (let n = 0; n < out.length; n++) {
    let sum = 0;
    for (const hz of frequencies) sum += Math.sin((2 * Math.PI * hz * n) / SAMPLE_RATE);
    // A soft edge, so that the tone does not click.
    const ramp = Math.min(1, (n + 1) / RAMP_SAMPLES, (out.length - n) / RAMP_SAMPLES);
    out[n] = Math.max(-32_768, Math.min(32_767, sum * amplitude * ramp));
  }
}

function parseTone(text: string, volumeDb: number): Required<ToneSpec> {
  const [onMs = Number.NaN, offMs = Number.NaN, ...frequencies] = text.slice(2, -1).split(',').map(Number);
  return { onMs, offMs, frequencies, volumeDb };
}

function parseSilence(text: string): ToneSequence {
  // FreeSWITCH takes a noise level after a comma, which is silence here.
  const ms = Number(text.split(',')[0]);
  if (ms === -1) return { tones: [silenceOf(1000)], loops: 0 };
  return { tones: checkTones([silenceOf(ms)]), loops: 1 };
}

function silenceOf(ms: number): Required<ToneSpec> {
  return { onMs: 0, offMs: ms, frequencies: [], volumeDb: DEFAULT_VOLUME_DB };
}

function toLoops(loops: number): number {
  return loops < 0 ? 0 : Math.max(1, Math.round(loops));
}

function checkTones(tones: Required<ToneSpec>[]): Required<ToneSpec>[] {
  let lengthMs = 0;
  for (const tone of tones) {
    const { onMs, offMs, frequencies, volumeDb } = tone;
    lengthMs += onMs + offMs;
    const areTimesRight = onMs >= 0 && offMs >= 0 && onMs + offMs > 0 && Math.max(onMs, offMs) <= LONGEST_MS;
    const arePitchesRight = frequencies.length <= 8 && frequencies.every((hz) => hz >= 20 && hz <= 3900);
    if (!areTimesRight || !arePitchesRight || !(volumeDb >= -63 && volumeDb <= 0))
      throw invalid(JSON.stringify(tone), 'a time, frequency or volume is out of its range');
  }
  if (lengthMs > LONGEST_SEQUENCE_MS) throw invalid('tones', 'they last more than 300 s');
  return tones;
}

function invalid(source: string, why: string): MediaError {
  return new MediaError('SOURCE_INVALID', `the tone ${source.slice(0, 200)} cannot be played: ${why}`);
}

import { concat } from '../../media/audio-source.js';
import { SAMPLE_RATE } from '../../media/frame-clock.js';

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;
/** What a specification may add up to, so that a slip of a zero does not take all memory: an hour. */
const MAX_SAMPLES = SAMPLE_RATE * 3600;

const DTMF_ROWS = [697, 770, 859, 941];
const DTMF_COLUMNS = [1209, 1336, 1477, 1633];
const DTMF: ReadonlyMap<string, readonly number[]> = new Map(
  [...'123A456B789C*0#D'].map((key, i) => [
    key,
    [DTMF_ROWS[Math.floor(i / 4)] as number, DTMF_COLUMNS[i % 4] as number],
  ]),
);

interface Settings {
  durationMs: number;
  waitMs: number;
  /** In dBm0. */
  volume: number;
  /** How often the next tone is repeated. */
  loops: number;
}

/**
 * Renders a tone specification of libteletone (`teletone_run`) at 8 kHz: `%(on,off,hz[,hz...])`, DTMF keys,
 * and the settings `d=`, `w=`, `v=`, `l=`, `L=`, separated by `;`. What it does not understand it skips.
 * Decay (`>=`, `<=`, `+=`) is not rendered.
 */
export function teletone(specification: string): Int16Array {
  const settings: Settings = { durationMs: 250, waitMs: 62, volume: -7, loops: 0 };
  const parts: Int16Array[] = [];
  let rounds = 1;
  for (const piece of specification.split(';')) {
    const setting = /^\s*(\S)=(.*)$/s.exec(piece);
    if (setting?.[1] === 'L') rounds = Math.max(1, Number.parseInt(setting[2] ?? '', 10) || 1);
    else if (setting !== null) change(settings, setting[1] as string, setting[2] as string);
    else parts.push(...tonesOf(piece, settings));
  }
  const once = concat(...parts);
  const wanted = Math.max(1, Math.min(rounds, Math.floor(MAX_SAMPLES / Math.max(1, once.length))));
  return wanted === 1 ? once : concat(...Array.from({ length: wanted }, () => once));
}

function change(settings: Settings, name: string, value: string): void {
  const number = Number.parseFloat(value);
  if (Number.isNaN(number)) return;
  if (name === 'd') settings.durationMs = Math.trunc(number);
  else if (name === 'w') settings.waitMs = Math.trunc(number);
  else if (name === 'l') settings.loops = Math.trunc(number);
  else if (name === 'v' && number >= -63 && number <= 0) settings.volume = number;
}

/** `%(on,off,hz...)` brings its own tone, `1(on,off)` or `1` a DTMF key's. */
function* tonesOf(piece: string, settings: Settings): Generator<Int16Array> {
  for (const [, key = '', list] of piece.matchAll(/(\S)(?:\(([^)]*)\))?/g)) {
    const numbers = list?.split(',').map((text) => Number.parseFloat(text)) ?? [];
    const [onMs = settings.durationMs, offMs = settings.waitMs, ...own] = numbers;
    const frequencies = key === '%' ? own : (DTMF.get(key) ?? []);
    if (frequencies.length === 0 || numbers.some(Number.isNaN)) continue;
    const times = Math.max(1, settings.loops);
    settings.loops = 0;
    for (let i = 0; i < times; i++) yield render(frequencies, onMs, offMs, settings.volume);
  }
}

function render(frequencies: readonly number[], onMs: number, offMs: number, volume: number): Int16Array {
  const on = Math.min(MAX_SAMPLES, Math.max(0, Math.trunc(onMs)) * SAMPLES_PER_MS);
  const off = Math.min(MAX_SAMPLES, Math.max(0, Math.trunc(offMs)) * SAMPLES_PER_MS);
  // A full-scale sine is +3.14 dBm0 (TELETONE's DBM0_MAX_POWER adds 3.02 for the peak over the effective
  // value).
  const peak = 10 ** ((volume - (3.14 + 3.02)) / 20) * 32_767 * Math.SQRT2;
  const samples = new Int16Array(on + off);
  for (let i = 0; i < on; i++) {
    let sum = 0;
    for (const hz of frequencies) sum += peak * Math.sin((2 * Math.PI * hz * i) / SAMPLE_RATE);
    samples[i] = Math.trunc((sum + 128) / frequencies.length);
  }
  return samples;
}

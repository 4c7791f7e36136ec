import { readFileSync } from 'node:fs';
import { parseWav } from '@outdial/lab/audio';

/** The recordings that the lab's callees play, by name. */
export { formatWav, loadPrompts, parseWav } from '@outdial/lab/audio';

/** Silence as a line has it: a little noise. All sounds here are 8 kHz, 16-bit. */
export function silence(ms: number): Int16Array {
  return noise(ms, 8);
}

/** White noise of this mean amplitude, the same every time. */
export function noise(ms: number, amplitude: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: ms * 8 }, () => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return ((seed >>> 8) / 2 ** 23 - 1) * amplitude * 2;
  });
}

/** A tone of one or more frequencies, 8000 in all. */
export function tone(ms: number, ...frequencies: number[]): Int16Array {
  const amplitude = 8000 / frequencies.length;
  return Int16Array.from({ length: ms * 8 }, (_, n) =>
    frequencies.reduce((sum, hz) => sum + amplitude * Math.sin((2 * Math.PI * hz * n) / 8000), 0),
  );
}

/** The preamble of a fax: HDLC flags, ITU-T V.21 at 300 baud. */
export function v21(ms: number): Int16Array {
  const flag = [0, 1, 1, 1, 1, 1, 1, 0];
  let phase = 0;
  return Int16Array.from({ length: ms * 8 }, (_, n) => {
    phase += (2 * Math.PI * (flag[Math.floor((n * 300) / 8000) % 8] === 1 ? 1650 : 1850)) / 8000;
    return 6000 * Math.sin(phase);
  });
}

/** A greeting of `recordings/`, as it was spoken or after GSM full rate. */
export function recording(name: 'hello' | 'greeting' | 'business', codec: '' | '-gsm' = ''): Int16Array {
  return parseWav(readFileSync(new URL(`../recordings/${name}${codec}.wav`, import.meta.url))).samples;
}

export function join(...parts: Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function mix(one: Int16Array, other: Int16Array): Int16Array {
  return one.map((value, n) =>
    Math.max(-32768, Math.min(32767, value + (other[n % other.length] as number))),
  );
}

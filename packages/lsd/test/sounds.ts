import { readFileSync } from 'node:fs';
import { readWav } from '../eval/wav.js';
import { type LsdEvent, SpeakerDetector, type SpeakerDetectorOptions } from '../src/index.js';

/** Silence as a line has it: a little noise. */
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

/** A recording of `test/fixtures`. */
export function recording(name: 'hello' | 'greeting' | 'business', codec: '' | '-gsm' = ''): Int16Array {
  return readWav(readFileSync(new URL(`fixtures/${name}${codec}.wav`, import.meta.url)));
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

/** All that a detector says of a sound that is played to it in packets of 20 ms. */
export function hear(samples: Int16Array, options: Partial<SpeakerDetectorOptions> = {}): LsdEvent[] {
  const events: LsdEvent[] = [];
  const detector = new SpeakerDetector({
    mode: 'DEFAULT',
    timeoutMilliseconds: 5000,
    onEvent: (event) => events.push(event),
    ...options,
  });
  for (let at = 0; at < samples.length; at += 160) detector.push(samples.subarray(at, at + 160));
  detector.end();
  return events;
}

export function verdictOf(events: readonly LsdEvent[]) {
  const verdicts = events.flatMap((event) => (event.type === 'verdict' ? [event.verdict] : []));
  if (verdicts.length !== 1) throw new Error(`${verdicts.length} verdicts`);
  return verdicts[0] as (typeof verdicts)[0];
}

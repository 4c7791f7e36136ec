/** Impairments of a line: gain, offset, codecs, lost packets, clicks. */
import { mix, tone } from '@outdial/testkit/sounds';
import { decodeAlaw, decodeMulaw } from '../eval/wav.js';

export interface Impairments {
  gainDb: number;
  /** Added to every sample. */
  offset: number;
  codec: 'none' | 'alaw' | 'mulaw';
  /** The numbers of the packets of 20 ms that are lost. */
  lost: readonly number[];
  /** What replaces a lost packet. */
  concealment: 'silence' | 'repeat';
  /** The time of a click of 5 ms; null for none. */
  clickMs: number | null;
}

const PACKET = 160;

export function impair(sound: Int16Array, how: Impairments): Int16Array {
  const gain = 10 ** (how.gainDb / 20);
  const out = sound.map((value) => clip(gain * value + how.offset));
  if (how.clickMs !== null)
    for (let n = 0; n < 40; n++) out[how.clickMs * 8 + n] = n % 2 === 0 ? 8000 : -8000;
  for (const packet of how.lost) {
    const at = packet * PACKET;
    if (how.concealment === 'silence') out.fill(0, at, at + PACKET);
    else if (packet > 0) out.copyWithin(at, at - PACKET, at);
  }
  const { codec } = how;
  return codec === 'none' ? out : out.map((value) => nearest(LEVELS[codec], value));
}

/** Adds mains hum and its harmonics, about 20 dB below a voice. */
export function humming(call: Int16Array, frequencies: readonly number[]): Int16Array {
  const hum = tone(call.length / 8, ...frequencies).map((value) => value / 16);
  return mix(call, hum);
}

/** The values that G.711 can represent. */
const LEVELS = {
  alaw: Int16Array.from({ length: 256 }, (_, code) => decodeAlaw(code)).sort(),
  mulaw: Int16Array.from({ length: 256 }, (_, code) => decodeMulaw(code)).sort(),
};

function nearest(levels: Int16Array, value: number): number {
  let low = 0;
  let high = levels.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((levels[middle] as number) <= value) low = middle;
    else high = middle;
  }
  const below = levels[low] as number;
  const above = levels[high] as number;
  return value - below < above - value ? below : above;
}

function clip(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value)));
}

import { concat } from './audio-source.js';
import { SAMPLE_RATE } from './frame-clock.js';
import { pause, tone } from './tones.js';

/** ITU-T V.21, channel 2: 300 bit/s, 1850 Hz for a 0 and 1650 Hz for a 1. */
const BITS_PER_SECOND = 300;
const SPACE_HZ = 1850;
const MARK_HZ = 1650;
const FSK_PEAK = 5000;

const FLAG = [0, 1, 1, 1, 1, 1, 1, 0];
/**
 * HDLC address, control, and the facsimile control field of a DIS (ITU-T T.30, section 5.3) with its
 * capabilities.
 */
const DIS = [0xff, 0xc8, 0x80, 0x00, 0x46, 0x88];

/**
 * What a fax machine plays when called (ITU-T T.30, section 5.3): the called station's tone of 2100 Hz, its
 * phase reversed every 450 ms (V.25), then after 75 ms of quiet a V.21 preamble of flags and its
 * capabilities.
 */
export function calledFax(cedMs = 2600): Int16Array {
  return concat(tone([2100], cedMs, { phaseReversalMs: 450, peak: 6000 }), pause(75), identification());
}

/** A second of HDLC flags, then a DIS frame: what a fax machine repeats every 3 s until it is answered. */
export function identification(): Int16Array {
  const preambleFlags = Math.ceil(BITS_PER_SECOND / FLAG.length);
  const preamble = Array.from({ length: preambleFlags }, () => FLAG).flat();
  const frame = stuffed([...DIS, ...checkSequence(DIS)].flatMap(bitsOf));
  return modulated([...preamble, ...frame, ...FLAG, ...FLAG]);
}

/** A byte's bits, least significant first, as HDLC sends them. */
function bitsOf(byte: number): number[] {
  return Array.from({ length: 8 }, (_, i) => (byte >> i) & 1);
}

/** A 0 after five 1s, so that no data looks like a flag. */
function stuffed(bits: readonly number[]): number[] {
  let ones = 0;
  return bits.flatMap((bit) => {
    ones = bit === 1 ? ones + 1 : 0;
    if (ones < 5) return [bit];
    ones = 0;
    return [bit, 0];
  });
}

/** HDLC's frame check sequence (ISO/IEC 13239: CRC-16 with polynomial 0x1021, reflected, inverted). */
function checkSequence(bytes: readonly number[]): [number, number] {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  crc ^= 0xffff;
  return [crc & 0xff, crc >> 8];
}

function modulated(bits: readonly number[]): Int16Array {
  const out = new Int16Array(Math.floor((bits.length * SAMPLE_RATE) / BITS_PER_SECOND));
  let phase = 0;
  for (let i = 0; i < out.length; i++) {
    const bit = bits[Math.floor((i * BITS_PER_SECOND) / SAMPLE_RATE)];
    phase += (2 * Math.PI * (bit === 1 ? MARK_HZ : SPACE_HZ)) / SAMPLE_RATE;
    out[i] = Math.round(FSK_PEAK * Math.sin(phase));
  }
  return out;
}

import { concat } from './audio-source.js';
import { SAMPLE_RATE } from './frame-clock.js';
import type { DigitTiming } from './telephone-event.js';
import { pause, tone } from './tones.js';

/** The frequencies of the rows and columns of a keypad (ITU-T Q.23), in Hz. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYPAD = '123A456B789C*0#D';
/** 12.5 ms. */
const BLOCK = 100;
/** Both tones have at least this share of the power, and the block this level. */
const LEAST_SHARE = 0.65;
const LEAST_RMS = 200;

/** Digits as tones in the audio, for telephones that send no telephone events. Throws for anything but digits. */
export function dtmfTones(digits: string, { durationMs = 100, gapMs = 100 }: DigitTiming = {}): Int16Array {
  const parts = [...digits.toUpperCase()].flatMap((digit) => {
    const at = KEYPAD.indexOf(digit);
    if (at < 0) throw new RangeError(`"${digit}" is no digit`);
    const [row = 0, column = 0] = [ROWS[Math.floor(at / 4)], COLUMNS[at % 4]];
    return [tone([row, column], durationMs), pause(gapMs)];
  });
  return concat(...parts);
}

/** Finds digits that are sent as tones: two blocks that agree begin one, and two without it end it. */
export class DtmfReader {
  #rest: Int16Array = new Int16Array(0);
  #before = '';
  #sounding = '';

  /** The digits that begin in these samples. */
  read(pcm: Int16Array): string {
    const samples = concat(this.#rest, pcm);
    let digits = '';
    let at = 0;
    for (; at + BLOCK <= samples.length; at += BLOCK) {
      const digit = digitIn(samples.subarray(at, at + BLOCK));
      if (digit === this.#before && digit !== this.#sounding) {
        this.#sounding = digit;
        digits += digit;
      }
      this.#before = digit;
    }
    this.#rest = samples.slice(at);
    return digits;
  }
}

function digitIn(block: Int16Array): string {
  const energy = block.reduce((sum, sample) => sum + sample * sample, 0);
  if (energy < LEAST_RMS ** 2 * BLOCK) return '';
  const rows = ROWS.map((hz) => energyAt(hz, block));
  const columns = COLUMNS.map((hz) => energyAt(hz, block));
  const [row, column] = [Math.max(...rows), Math.max(...columns)];
  // One tone alone may be speech or a beep.
  if (row + column < LEAST_SHARE * energy || Math.min(row, column) < energy / 10) return '';
  return KEYPAD[rows.indexOf(row) * 4 + columns.indexOf(column)] ?? '';
}

/** The part of the block's energy that is at one frequency. */
function energyAt(hz: number, block: Int16Array): number {
  const step = (2 * Math.PI * hz) / SAMPLE_RATE;
  let [cosine, sine] = [0, 0];
  for (const [i, sample] of block.entries()) {
    cosine += sample * Math.cos(step * i);
    sine += sample * Math.sin(step * i);
  }
  return (2 * (cosine ** 2 + sine ** 2)) / block.length;
}

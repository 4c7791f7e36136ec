/** The frequencies of the rows and columns of a keypad (ITU-T Q.23), in Hz. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYPAD = '123A456B789C*0#D';

const SAMPLE_RATE = 8000;
/** 12.75 ms: long enough to tell the rows apart, short enough for three blocks in a digit of 40 ms (ITU-T Q.24). */
const BLOCK = 102;
/** The quietest sum of both tones: about -40 dBm0. */
const QUIETEST_RMS = 230;
/** The share of the power that both tones have. At 1.8 % off their frequency, a quarter is outside of the block's width. */
const LEAST_SHARE = 0.6;
/** With so much, a digit that sounds goes on: a drop-out of 10 ms, or a click, must not end it. */
const SUSTAINING_SHARE = 0.3;
/** The strongest row and column exceed the others by 8 dB. */
const PEAK = 6.3;
/** The row may be louder than the column by 4 dB, the column than the row by 8 dB (ITU-T Q.24, with room for the line). */
const LOUDER_ROW = 2.5;
const LOUDER_COLUMN = 6.3;

/**
 * Finds digits that are sent as tones in the audio (DTMF): Goertzel's filters over blocks of 102 samples. A digit begins with
 * two blocks that agree on it, and ends with two that do not, so that a click neither makes a digit nor doubles one.
 */
export class DtmfDetector {
  readonly #onDigit: (digit: string) => void;
  readonly #block = new Int16Array(BLOCK);
  #filled = 0;
  /** What the block before held, and the digit that sounds now; '' is none. */
  #last = '';
  #sounding = '';

  /** `onDigit` is called once for each digit, when it begins. */
  constructor(onDigit: (digit: string) => void) {
    this.#onDigit = onDigit;
  }

  /** Takes samples of 16 bits at 8 kHz, as many as there are. */
  push(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; ) {
      const part = pcm.subarray(at, at + BLOCK - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < BLOCK) return;
      this.#filled = 0;
      this.#take(digitIn(this.#block, this.#sounding));
    }
  }

  #take(digit: string): void {
    const isChange = digit !== this.#sounding && this.#last !== this.#sounding;
    const isAgreed = digit === this.#last;
    this.#last = digit;
    if (!isChange) return;
    this.#sounding = isAgreed ? digit : '';
    if (this.#sounding !== '') this.#onDigit(this.#sounding);
  }
}

/** The digit that sounds in a block, or ''. `sounding` is the one that did before. */
function digitIn(block: Int16Array, sounding: string): string {
  let energy = 0;
  for (const sample of block) energy += sample * sample;
  if (energy < QUIETEST_RMS * QUIETEST_RMS * BLOCK) return '';
  const rows = ROWS.map((hz) => powerAt(hz, block));
  const columns = COLUMNS.map((hz) => powerAt(hz, block));
  // Of a pure tone, the filter gives its energy times half of the block's length.
  const shareOf = (row: number, column: number) =>
    (2 * ((rows[row] as number) + (columns[column] as number))) / BLOCK / energy;
  const before = KEYPAD.indexOf(sounding);
  if (sounding !== '' && shareOf(before >> 2, before % 4) >= SUSTAINING_SHARE) return sounding;
  const row = strongest(rows);
  const column = strongest(columns);
  if (row === null || column === null || shareOf(row, column) < LEAST_SHARE) return '';
  const [low, high] = [rows[row] as number, columns[column] as number];
  if (low > LOUDER_ROW * high || high > LOUDER_COLUMN * low) return '';
  return KEYPAD[row * COLUMNS.length + column] as string;
}

/** Goertzel's algorithm: the squared magnitude of one frequency. */
function powerAt(hz: number, block: Int16Array): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
  let one = 0;
  let two = 0;
  for (const sample of block) {
    const zero = sample + coefficient * one - two;
    two = one;
    one = zero;
  }
  return one * one + two * two - coefficient * one * two;
}

/** The index of the power that exceeds all others; null: none does. */
function strongest(powers: readonly number[]): number | null {
  const most = Math.max(...powers);
  const isAlone = powers.every((power) => power === most || most > PEAK * power);
  return isAlone ? powers.indexOf(most) : null;
}

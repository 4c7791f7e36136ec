/** The frequencies of the rows and columns of a keypad (ITU-T Q.23), in Hz. */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYPAD = '123A456B789C*0#D';

const SAMPLE_RATE = 8000;
type Four = readonly [number, number, number, number];
const coefficientOf = (hz: number) => 2 * Math.cos((2 * Math.PI * hz) / SAMPLE_RATE);
const ROW_COEFFICIENTS = ROWS.map(coefficientOf) as unknown as Four;
const COLUMN_COEFFICIENTS = COLUMNS.map(coefficientOf) as unknown as Four;
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
  const rows = powersAt(ROW_COEFFICIENTS, block);
  const row = strongest(rows);
  // Speech, as a rule.
  if (row === null && sounding === '') return '';
  const columns = powersAt(COLUMN_COEFFICIENTS, block);
  // Of a pure tone, the filter gives its energy times half of the block's length.
  const shareOf = (low: number, high: number) =>
    (2 * ((rows[low] as number) + (columns[high] as number))) / BLOCK / energy;
  const before = KEYPAD.indexOf(sounding);
  if (sounding !== '' && shareOf(before >> 2, before % 4) >= SUSTAINING_SHARE) return sounding;
  const column = strongest(columns);
  if (row === null || column === null || shareOf(row, column) < LEAST_SHARE) return '';
  const [low, high] = [rows[row] as number, columns[column] as number];
  if (low > LOUDER_ROW * high || high > LOUDER_COLUMN * low) return '';
  return KEYPAD[row * COLUMNS.length + column] as string;
}

/** Goertzel's algorithm: the squared magnitudes of four frequencies, side by side, since each step waits for the one before. */
function powersAt([a, b, c, d]: Four, block: Int16Array): Four {
  let [a1, a2, b1, b2, c1, c2, d1, d2] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < block.length; i += 1) {
    const sample = block[i] as number;
    const a0 = sample + a * a1 - a2;
    const b0 = sample + b * b1 - b2;
    const c0 = sample + c * c1 - c2;
    const d0 = sample + d * d1 - d2;
    a2 = a1;
    b2 = b1;
    c2 = c1;
    d2 = d1;
    a1 = a0;
    b1 = b0;
    c1 = c0;
    d1 = d0;
  }
  return [
    a1 * a1 + a2 * a2 - a * a1 * a2,
    b1 * b1 + b2 * b2 - b * b1 * b2,
    c1 * c1 + c2 * c2 - c * c1 * c2,
    d1 * d1 + d2 * d2 - d * d1 * d2,
  ];
}

/** The index of the power that exceeds all others; null: none does. */
function strongest(powers: readonly number[]): number | null {
  const most = Math.max(...powers);
  const isAlone = powers.every((power) => power === most || most > PEAK * power);
  return isAlone ? powers.indexOf(most) : null;
}

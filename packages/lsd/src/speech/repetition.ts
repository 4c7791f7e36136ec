import { BANDS } from '../audio/dimensions.js';
import { MEASURES, STEP_MS } from './step-inputs.js';

/** A stretch of audio, in milliseconds. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Longer phrases are not compared: a person who waits for an answer repeats a short one. */
const LONGEST_STEPS = 1500 / STEP_MS;
/** Levels this far below the loudest of a phrase carry no information. */
const DEPTH_DB = 35;
/** Different words differ by more than this and repetitions by less, also in noise. */
const ALIKE_DB = 4;

// Buffers shared by all detectors: their content never outlives a synchronous call.
const first = new Float32Array(LONGEST_STEPS * BANDS);
const second = new Float32Array(LONGEST_STEPS * BANDS);
const row = new Float64Array(LONGEST_STEPS + 1);

/**
 * Tells whether a phrase repeats the previous one ("Hello? ... Hello?"), by dynamic time warping (Sakoe and
 * Chiba, 1978) of the shapes of the spectra, so that neither loudness nor tempo matters. Keeps the result for
 * the last pair.
 */
export class RepetitionDetector {
  #before = -1;
  #start = -1;
  #end = -1;
  #isRepeated = false;

  /** @param measures the measures of all steps since the answer */
  isRepeated(measures: Float32Array, before: Span, phrase: Span): boolean {
    if (this.#before === before.startMs && this.#start === phrase.startMs && this.#end === phrase.endMs)
      return this.#isRepeated;
    this.#before = before.startMs;
    this.#start = phrase.startMs;
    this.#end = phrase.endMs;
    this.#isRepeated = differenceDb(measures, before, phrase) < ALIKE_DB;
    return this.#isRepeated;
  }
}

/** Mean difference per band along the best alignment; infinite when the phrases are not compared. */
function differenceDb(measures: Float32Array, before: Span, phrase: Span): number {
  const rows = shapes(measures, before, first);
  const columns = shapes(measures, phrase, second);
  if (rows === 0 || columns === 0) return Number.POSITIVE_INFINITY;
  row.fill(Number.POSITIVE_INFINITY);
  row[0] = 0;
  for (let i = 0; i < rows; i++) {
    let diagonal = row[0] as number;
    row[0] = Number.POSITIVE_INFINITY;
    for (let j = 0; j < columns; j++) {
      const above = row[j + 1] as number;
      row[j + 1] = stepDifferenceDb(i, j) + Math.min(diagonal, above, row[j] as number);
      diagonal = above;
    }
  }
  return (row[columns] as number) / Math.max(rows, columns);
}

/**
 * Writes the bands of each step, without its loudness, to `target`. Returns the number of steps; 0 when they
 * do not fit.
 */
function shapes(measures: Float32Array, { startMs, endMs }: Span, target: Float32Array): number {
  const from = Math.floor(startMs / STEP_MS);
  const to = Math.floor(endMs / STEP_MS);
  if (to - from > LONGEST_STEPS || to * MEASURES > measures.length) return 0;
  let loudestDb = -100;
  for (let step = from; step < to; step++)
    for (let n = 0; n < BANDS; n++) loudestDb = Math.max(loudestDb, measures[step * MEASURES + n] as number);
  for (let step = from; step < to; step++) {
    let sum = 0;
    for (let n = 0; n < BANDS; n++) {
      const db = Math.max(loudestDb - DEPTH_DB, measures[step * MEASURES + n] as number);
      target[(step - from) * BANDS + n] = db;
      sum += db;
    }
    for (let n = 0; n < BANDS; n++) {
      const at = (step - from) * BANDS + n;
      target[at] = (target[at] as number) - sum / BANDS;
    }
  }
  return to - from;
}

function stepDifferenceDb(i: number, j: number): number {
  let sum = 0;
  for (let n = 0; n < BANDS; n++)
    sum += Math.abs((first[i * BANDS + n] as number) - (second[j * BANDS + n] as number));
  return sum / BANDS;
}

import { BANDS } from './sizes.js';
import { MEASURES, STEP_MS } from './step-inputs.js';

/** A stretch of audio, in milliseconds. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Longer phrases are not compared: who says as much again does not wait for an answer. */
const LONGEST_STEPS = 1500 / STEP_MS;
/** What is this far below the loudest of a word tells nothing of it. */
const DEPTH_DB = 35;
/** Two words differ by more than this, a word said twice by less, both in noise as well. */
const ALIKE_DB = 4;

// Work space shared by all detectors: a comparison never outlives one synchronous call.
const first = new Float32Array(LONGEST_STEPS * BANDS);
const second = new Float32Array(LONGEST_STEPS * BANDS);
const row = new Float64Array(LONGEST_STEPS + 1);

/**
 * Tells whether a phrase is the one before said again ("Hello? ... Hello?"): by dynamic time warping (Sakoe and Chiba,
 * 1978) over the shape of the spectrum, so neither loudness nor tempo matters.
 */
export class Repetition {
  #before = -1;
  #start = -1;
  #end = -1;
  #isSaidAgain = false;

  /** `measures`: of all steps since the answer. */
  isSaidAgain(measures: Float32Array, before: Span, phrase: Span): boolean {
    if (this.#before === before.startMs && this.#start === phrase.startMs && this.#end === phrase.endMs)
      return this.#isSaidAgain;
    this.#before = before.startMs;
    this.#start = phrase.startMs;
    this.#end = phrase.endMs;
    this.#isSaidAgain = differenceDb(measures, before, phrase) < ALIKE_DB;
    return this.#isSaidAgain;
  }
}

/** Mean difference of a band, once the two are laid over each other as well as can be; infinite for what is not compared. */
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

/** Puts the bands of each step, without its loudness, into `target`; returns how many steps, 0 when they do not fit. */
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

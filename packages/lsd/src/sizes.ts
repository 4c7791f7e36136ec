// Sizes that the kernels have in common with their callers. AssemblyScript reads this file too: whole numbers alone.

/** Samples of an analysis window: 32 ms at 8 kHz. */
export const WINDOW = 256;
/** Bins of its power spectrum. */
export const BINS = WINDOW / 2;
/** Bands of it, about as wide as the ear's. */
export const BANDS = 10;

/** The net's inputs: bands against the loudest so far; the level, the loudest itself, and how tonal the sound is. */
export const INPUTS = BANDS + 3;
/** Its recurrent units. */
export const UNITS = 20;
/** Weights: three gates of `UNITS` rows of (inputs, state, bias), then the output's row of (state, bias). */
export const ROW = INPUTS + UNITS + 1;
export const WEIGHT_COUNT = 3 * UNITS * ROW + UNITS + 1;

// Sizes that the kernels share with their callers. AssemblyScript reads this file too, so only integers are
// allowed.

/** Samples of an analysis window: 32 ms at 8 kHz. */
export const WINDOW = 256;
/** Bins of the power spectrum. */
export const BINS = WINDOW / 2;
/** Frequency bands, about as wide as the critical bands of hearing. */
export const BANDS = 10;

/**
 * Inputs of the net: each band relative to the loudest step so far, the level, the loudest level, and the
 * tonality.
 */
export const INPUTS = BANDS + 3;
/** Recurrent units of the net. */
export const UNITS = 20;
/** Weights: three gates of `UNITS` rows of (inputs, state, bias), then one output row of (state, bias). */
export const ROW = INPUTS + UNITS + 1;
export const WEIGHT_COUNT = 3 * UNITS * ROW + UNITS + 1;

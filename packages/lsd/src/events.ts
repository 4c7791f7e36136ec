import type { Verdict } from '@outdial/contract';

/**
 * What a detector reports. `atMs` is counted in samples from the answer: for `...Started` and `...Ended` the
 * moment in the audio (a little before it could be known), for the others the moment it was known.
 */
export type LsdEvent =
  | { type: 'verdict' | 'revised'; atMs: number; verdict: Verdict }
  | { type: 'speechStarted'; atMs: number }
  | { type: 'speechEnded'; atMs: number; durationMs: number }
  | { type: 'toneStarted'; atMs: number; frequencies: readonly number[] }
  | { type: 'toneEnded'; atMs: number; durationMs: number; frequencies: readonly number[] }
  | SignalEvent;

/** A tone whose meaning is known. `durationMs` is that of the whole signal (all three tones of a SIT). */
export interface SignalEvent {
  type: Signal;
  atMs: number;
  durationMs: number;
  frequencies: readonly number[];
}

/**
 * `beep`: a machine's record tone. `ringback`: in-band ringing. `busy`: busy or congestion tone. `sit`: special
 * information tones (ITU-T E.180). `cng`: a calling fax, `ced`: an answering fax (ITU-T T.30, also V.8 ANSam),
 * `v21`: a fax's preamble (ITU-T V.21, 1650/1850 Hz).
 */
export type Signal = 'beep' | 'ringback' | 'busy' | 'sit' | 'cng' | 'ced' | 'v21';

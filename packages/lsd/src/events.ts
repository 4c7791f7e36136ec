import type { Verdict } from '@outdial/contract';

/**
 * What a detector reports. `atMs` is milliseconds of audio since the answer. For `...Started` and `...Ended`
 * it is the moment in the audio, which is a little earlier than the detection; for all others it is the
 * moment of detection.
 */
export type LsdEvent =
  | { type: 'verdict' | 'revised'; atMs: number; verdict: Verdict }
  | { type: 'speechStarted'; atMs: number }
  | { type: 'speechEnded'; atMs: number; durationMs: number }
  | { type: 'toneStarted'; atMs: number; frequencies: readonly number[] }
  | { type: 'toneEnded'; atMs: number; durationMs: number; frequencies: readonly number[] }
  | SignalEvent;

/** A tone with a known meaning. `durationMs` covers the whole signal (all three tones of a SIT). */
export interface SignalEvent {
  type: Signal;
  atMs: number;
  durationMs: number;
  frequencies: readonly number[];
}

/**
 * `beep`: the record tone of an answering machine. `ringback`: in-band ringing. `busy`: busy tone, `congestion`:
 * congestion tone (the faster of the two in most countries), `sit`: special information tones (all ITU-T E.180).
 * `cng`: a calling fax, `ced`: an answering fax (ITU-T T.30, also V.8 ANSam), `v21`: a fax's preamble (ITU-T
 * V.21, 1650/1850 Hz).
 */
export type Signal = 'beep' | 'ringback' | 'busy' | 'congestion' | 'sit' | 'cng' | 'ced' | 'v21';

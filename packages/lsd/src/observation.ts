import type { Ears, Heard } from './ears.js';
import type { Segment, SoundHistory } from './sound-history.js';
import { LOOKAHEAD_MS } from './speech-net.js';

/** While the speech goes on, nobody asks what else was heard. */
const LEAST_QUIET_MS = 400;
/** A pause this long lies between two phrases. */
const PHRASE_PAUSE_MS = 450;

/** What has been heard so far; all that a verdict rests on. Times in milliseconds of audio. */
export interface Observation {
  nowMs: number;
  /** True at the time limit: a verdict must be given. */
  isLast: boolean;
  /** A tone sounds, or one has just ended that may prove to be a beep. */
  isTonePending: boolean;
  /** From the start of the first to the end of the last speech; -1 when there was none. */
  speechStartMs: number;
  speechEndMs: number;
  /** Where the last phrase of it starts: `speechStartMs` when there is but one. */
  phraseStartMs: number;
  /** Milliseconds of speech in it, pauses left out. */
  speechMs: number;
  /** There was just now something as loud as speech, that the net has not judged yet. */
  isSounding: boolean;
  /** Milliseconds of other sound as loud as the speech: a second voice, or speech not known as such. 0 while it goes on. */
  rivalMs: number;
  /** Mean level of all that was heard; only when `isLast`. */
  levelDb: number;
  heard: Heard;
}

/** The observation before any sound. */
export function nothingHeard(ears: Ears): Observation {
  return {
    nowMs: 0,
    isLast: false,
    isTonePending: false,
    speechStartMs: -1,
    speechEndMs: -1,
    phraseStartMs: -1,
    speechMs: 0,
    isSounding: false,
    rivalMs: 0,
    levelDb: -100,
    heard: ears.heard,
  };
}

/** Brings `seen` up to date with what the ears have heard. */
export function observe(ears: Ears, isLast: boolean, seen: Observation): void {
  const first = ears.history.segmentCount > 0 ? ears.history.segments[0] : undefined;
  seen.nowMs = ears.nowMs;
  seen.isLast = isLast;
  seen.isTonePending = ears.isTonePending;
  seen.isSounding = ears.nowMs - ears.history.loudUntilMs <= LOOKAHEAD_MS;
  seen.speechMs = ears.speechMs;
  seen.speechStartMs = first?.startMs ?? -1;
  seen.speechEndMs = first === undefined ? -1 : ears.speechUntilMs;
  seen.phraseStartMs = phraseStartMs(ears.history);
  seen.rivalMs = ears.nowMs - seen.speechEndMs < LEAST_QUIET_MS ? 0 : ears.history.rivalMs();
  if (isLast) seen.levelDb = ears.history.meanDb(0, ears.nowMs);
}

function phraseStartMs({ segments, segmentCount }: SoundHistory): number {
  for (let n = segmentCount - 1; n > 0; n--) {
    const { startMs } = segments[n] as Segment;
    if (startMs - (segments[n - 1] as Segment).endMs >= PHRASE_PAUSE_MS) return startMs;
  }
  return segmentCount > 0 ? (segments[0] as Segment).startMs : -1;
}

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
  /** The last phrase is the one before said again; known once it is quiet. */
  isSaidAgain: boolean;
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
    isSaidAgain: false,
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
  findPhrases(ears.history);
  seen.phraseStartMs = phrase.startMs;
  const isQuiet = ears.nowMs - seen.speechEndMs >= LEAST_QUIET_MS;
  seen.isSaidAgain = isQuiet && before.startMs >= 0 && ears.isSaidAgain(before, phrase);
  seen.rivalMs = isQuiet ? ears.history.rivalMs() : 0;
  if (isLast) seen.levelDb = ears.history.meanDb(0, ears.nowMs);
}

/** The last phrase, and the one before it; -1 where there is none. Shared: they never outlive one observation. */
const phrase = { startMs: -1, endMs: -1 };
const before = { startMs: -1, endMs: -1 };

function findPhrases({ segments, segmentCount }: SoundHistory): void {
  phrase.startMs = before.startMs = before.endMs = -1;
  for (let n = 0; n < segmentCount; n++) {
    const { startMs, endMs } = segments[n] as Segment;
    if (phrase.startMs < 0) phrase.startMs = startMs;
    else if (startMs - phrase.endMs >= PHRASE_PAUSE_MS) {
      before.startMs = phrase.startMs;
      before.endMs = phrase.endMs;
      phrase.startMs = startMs;
    }
    phrase.endMs = endMs;
  }
}

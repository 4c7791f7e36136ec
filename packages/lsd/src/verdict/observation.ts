import type { AudioAnalyser, DetectedSignals } from '../audio/audio-analyser.js';
import type { Segment, SoundHistory } from '../audio/sound-history.js';
import { LOOKAHEAD_MS } from '../speech/speech-net.js';

/** Repetition and other sounds matter only in silence, so they are not computed before this much of it. */
const LEAST_QUIET_MS = 400;
/** A pause of this length separates two phrases. */
const PHRASE_PAUSE_MS = 450;

/** Everything that a decision is based on. Times in milliseconds of audio. */
export interface Observation {
  nowMs: number;
  /** True at the time limit: a verdict must be given. */
  isLast: boolean;
  /** A tone is sounding, or one has just ended that may turn out to be a beep. */
  isTonePending: boolean;
  /** The start of the first and the end of the last speech; -1 when there was none. */
  speechStartMs: number;
  speechEndMs: number;
  /** The start of the last phrase: `speechStartMs` when there is only one. */
  phraseStartMs: number;
  /** The last phrase repeats the previous one. False until there is some silence. */
  isRepeated: boolean;
  /** Milliseconds of speech without the pauses. */
  speechMs: number;
  /** The net has not classified the last sound yet, which is as loud as speech. */
  isSounding: boolean;
  /**
   * Milliseconds of other sound as loud as the speech: a second voice, or unrecognised speech. 0 until there
   * is some silence.
   */
  otherSoundMs: number;
  /** Mean level of all audio; set only when `isLast`. */
  levelDb: number;
  signals: DetectedSignals;
}

/** The observation before any audio. Shares `signals` with `audio`. */
export function emptyObservation(audio: AudioAnalyser): Observation {
  return {
    nowMs: 0,
    isLast: false,
    isTonePending: false,
    speechStartMs: -1,
    speechEndMs: -1,
    phraseStartMs: -1,
    isRepeated: false,
    speechMs: 0,
    isSounding: false,
    otherSoundMs: 0,
    levelDb: -100,
    signals: audio.signals,
  };
}

/** Updates `observation` in place. */
export function observe(audio: AudioAnalyser, isLast: boolean, observation: Observation): void {
  const first = audio.history.segmentCount > 0 ? audio.history.segments[0] : undefined;
  observation.nowMs = audio.nowMs;
  observation.isLast = isLast;
  observation.isTonePending = audio.isTonePending;
  observation.isSounding = audio.nowMs - audio.history.loudUntilMs <= LOOKAHEAD_MS;
  observation.speechMs = audio.speechMs;
  observation.speechStartMs = first?.startMs ?? -1;
  observation.speechEndMs = first === undefined ? -1 : audio.speechUntilMs;
  findPhrases(audio.history);
  observation.phraseStartMs = phrase.startMs;
  const isQuiet = audio.nowMs - observation.speechEndMs >= LEAST_QUIET_MS;
  observation.isRepeated = isQuiet && previous.startMs >= 0 && audio.isRepeated(previous, phrase);
  observation.otherSoundMs = isQuiet ? audio.history.otherSoundMs() : 0;
  if (isLast) observation.levelDb = audio.history.meanDb(0, audio.nowMs);
}

/**
 * The last phrase and the previous one; -1 where there is none. Shared: valid only within one call of
 * `observe`.
 */
const phrase = { startMs: -1, endMs: -1 };
const previous = { startMs: -1, endMs: -1 };

function findPhrases({ segments, segmentCount }: SoundHistory): void {
  phrase.startMs = previous.startMs = previous.endMs = -1;
  for (let n = 0; n < segmentCount; n++) {
    const { startMs, endMs } = segments[n] as Segment;
    if (phrase.startMs < 0) phrase.startMs = startMs;
    else if (startMs - phrase.endMs >= PHRASE_PAUSE_MS) {
      previous.startMs = phrase.startMs;
      previous.endMs = phrase.endMs;
      phrase.startMs = startMs;
    }
    phrase.endMs = endMs;
  }
}

import type { FarEndType, VerdictKind } from '@outdial/contract';
import type { DetectedSignals } from '../audio/audio-analyser.js';
import type { Observation } from './observation.js';

/** A verdict without its time. */
export interface Decision {
  farEndType: FarEndType;
  kind: VerdictKind;
  /** About the share of such verdicts that were right in the development set. */
  confidence: number;
  evidence: string;
}

/** A shorter silence is a pause for breath. */
const LEAST_SILENCE_MS = 300;
const UNJUDGED_MS = 200;
const LONGEST_HELLO_MS = 1700;
/** A recording speaks for more than this share of the time; a person who says hello twice does not. */
const RECORDING_SPEECH_SHARE = 0.6;
/** Shorter than a word: most of the speech may have been missed. */
const WORD_MS = 300;
/** With this much loud sound that is not speech, the silence is doubtful. */
const OTHER_SOUND_MS = 300;
/** A sound that lasts longer than this without being classified as speech is not speech. */
const SOUNDING_LONGEST_MS = 300;

/** A person who repeats a phrase has waited already, so this much silence is enough. */
const SILENCE_AFTER_REPETITION_MS = 500;

/** The thresholds of the timing rules. Durations in milliseconds. */
export interface DecisionThresholds {
  /**
   * Speech up to this length is a short greeting, as of a person at home; from `longGreetingMs` on, a long
   * one.
   */
  shortGreetingMs: number;
  longGreetingMs: number;
  /** The silence after a short and after a long greeting that means LIVE. */
  silenceAfterShortMs: number;
  silenceAfterLongMs: number;
  /** At the time limit, this much silence means LIVE; less than `pauseAtLimitMs` is a pause in a greeting. */
  silenceAtLimitMs: number;
  pauseAtLimitMs: number;
  /** Speech of this length means a recording. */
  recordingMs: number;
  /** Speech of this length that goes on at the time limit means a recording. */
  recordingAtLimitMs: number;
}

export const DEFAULT_THRESHOLDS: DecisionThresholds = {
  shortGreetingMs: 1100,
  longGreetingMs: 1500,
  silenceAfterShortMs: 650,
  silenceAfterLongMs: 1500,
  silenceAtLimitMs: 800,
  pauseAtLimitMs: 500,
  recordingMs: 4800,
  recordingAtLimitMs: 2000,
};

/**
 * The decision that the observation allows; null when more audio is needed. Never null when
 * `observation.isLast`.
 */
export function decide(
  observation: Observation,
  thresholds: DecisionThresholds = DEFAULT_THRESHOLDS,
): Decision | null {
  return (
    decideBySignals(observation.signals) ??
    decideBySpeech(observation, thresholds) ??
    (observation.isLast ? decideAtTimeLimit(observation, thresholds) : null)
  );
}

function decideBySignals(signals: DetectedSignals): Decision | null {
  if (signals.ced) return decision('FAX_MACHINE', 'fax_called', 0.99, 'the answer tone of a fax (2100 Hz)');
  if (signals.v21) return decision('FAX_MACHINE', 'fax_called', 0.98, 'the data signal of a fax (V.21)');
  if (signals.cng)
    return decision(
      'FAX_MACHINE',
      'fax_calling',
      0.97,
      'the calling tone of a fax (1100 Hz for half a second)',
    );
  if (signals.sit)
    return decision(
      'ANSWER_MACHINE',
      'carrier_announcement',
      0.97,
      'the three rising tones before a carrier announcement',
    );
  if (signals.congestion) return decision('UNKNOWN', 'busy_tone', 0.95, 'a congestion tone');
  if (signals.busy) return decision('UNKNOWN', 'busy_tone', 0.95, 'a busy tone');
  if (signals.beep) return decision('ANSWER_MACHINE', 'voicemail', 0.97, 'the beep of an answering machine');
  return null;
}

function decideBySpeech(observation: Observation, thresholds: DecisionThresholds): Decision | null {
  if (observation.speechStartMs < 0 || observation.isTonePending) return null;
  const span = observation.speechEndMs - observation.speechStartMs;
  const quiet = observation.nowMs - observation.speechEndMs;
  if (span >= thresholds.recordingMs && observation.speechMs >= RECORDING_SPEECH_SHARE * span)
    return decision('ANSWER_MACHINE', 'voicemail', 0.9, `${seconds(span)} s of speech`);
  const hasOtherSound = observation.otherSoundMs >= OTHER_SOUND_MS;
  if (hasOtherSound && observation.isLast) return null;
  const isDoubtful = hasOtherSound || observation.speechMs < WORD_MS;
  const needed = isDoubtful ? thresholds.silenceAfterLongMs : silenceNeeded(observation, thresholds);
  if (quiet < needed || (observation.isSounding && quiet < needed + SOUNDING_LONGEST_MS)) return null;
  const isShort = span < thresholds.shortGreetingMs;
  const evidence = observation.isRepeated
    ? `${seconds(observation.speechEndMs - observation.phraseStartMs)} s of speech, said twice, then ${seconds(quiet)} s of silence`
    : speechThenSilence(span, quiet);
  return decision('LIVE', kindOfPerson(span), isShort ? 0.92 : 0.88, evidence);
}

/**
 * The silence that means LIVE. The longer a phrase of a recording, the longer may be the pause before it goes
 * on, and a second phrase may be followed by another long pause. A person who repeats a phrase is waiting for
 * an answer.
 */
function silenceNeeded(observation: Observation, thresholds: DecisionThresholds): number {
  const { shortGreetingMs, longGreetingMs, silenceAfterShortMs, silenceAfterLongMs } = thresholds;
  if (observation.isRepeated) return SILENCE_AFTER_REPETITION_MS;
  if (observation.phraseStartMs > observation.speechStartMs) return silenceAfterLongMs;
  const span = observation.speechEndMs - observation.speechStartMs;
  const share = (span - shortGreetingMs) / (longGreetingMs - shortGreetingMs);
  return silenceAfterShortMs + Math.max(0, Math.min(1, share)) * (silenceAfterLongMs - silenceAfterShortMs);
}

function decideAtTimeLimit(observation: Observation, thresholds: DecisionThresholds): Decision {
  // The net has not classified speech that has just begun.
  if (observation.speechStartMs < 0 || observation.nowMs - observation.speechStartMs <= UNJUDGED_MS) {
    if (observation.signals.ringback)
      return decision('UNKNOWN', 'ringback_only', 0.9, 'only ringing was heard');
    return observation.levelDb > -55
      ? decision('UNKNOWN', 'noise', 0.75, 'noise, and no speech above it')
      : decision('UNKNOWN', 'silence', 0.9, 'silence');
  }
  const span = observation.speechEndMs - observation.speechStartMs;
  const quiet = observation.nowMs - observation.speechEndMs;
  if (observation.isTonePending)
    return decision('ANSWER_MACHINE', 'voicemail', 0.8, `a tone after ${seconds(span)} s of speech`);
  if (observation.otherSoundMs >= OTHER_SOUND_MS && quiet >= thresholds.pauseAtLimitMs)
    return decision('UNKNOWN', 'undecided', 0.4, `${seconds(span)} s of speech, and other sound as loud`);
  if (quiet >= thresholds.silenceAtLimitMs)
    return decision('LIVE', kindOfPerson(span), 0.75, speechThenSilence(span, quiet));
  if (quiet >= thresholds.pauseAtLimitMs && span >= thresholds.longGreetingMs)
    return decision('UNKNOWN', 'undecided', 0.4, speechThenSilence(span, quiet));
  if (span >= thresholds.recordingAtLimitMs)
    return decision('ANSWER_MACHINE', 'voicemail', 0.93, `still talking after ${seconds(span)} s of speech`);
  if (quiet >= LEAST_SILENCE_MS)
    return decision('LIVE', kindOfPerson(span), 0.5, speechThenSilence(span, quiet));
  return decision('UNKNOWN', 'undecided', 0.3, `${seconds(span)} s of speech at the time limit`);
}

/** A private person says a word or two; a business says its name and offers help. */
function kindOfPerson(span: number): VerdictKind {
  return span < LONGEST_HELLO_MS ? 'human' : 'business_greeting';
}

function decision(farEndType: FarEndType, kind: VerdictKind, confidence: number, evidence: string): Decision {
  return { farEndType, kind, confidence, evidence };
}

function speechThenSilence(span: number, quiet: number): string {
  return `${seconds(span)} s of speech, then ${seconds(quiet)} s of silence`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

import type { FarEndType, VerdictKind } from '@outdial/contract';
import type { Heard } from './ears.js';
import type { Observation } from './observation.js';

export interface Judgement {
  farEndType: FarEndType;
  kind: VerdictKind;
  /** About how often such a verdict was right in the development set. */
  confidence: number;
  evidence: string;
}

/** Less silence than this is a pause for breath. */
const LEAST_SILENCE_MS = 300;
const UNJUDGED_MS = 200;
const LONGEST_HELLO_MS = 1700;
/** A person who says hello twice leaves more of the time to the caller. */
const RECORDING_SPEECH_SHARE = 0.6;
/** Less than this is hardly a word: most of it may have been missed. */
const WORD_MS = 300;
/** So much loud sound that is no speech, and the silence may be none. */
const RIVAL_MS = 300;
/** A sound that goes on for longer than this without becoming speech is none. */
const SOUNDING_LONGEST_MS = 300;

/** Who says the same again has waited already: this much silence will do. */
const SILENCE_WHEN_SAID_AGAIN_MS = 500;

/** The timing rule. Durations in milliseconds. */
export interface PolicySettings {
  /** Up to this long, speech is a short greeting, as of a person at home; from `longGreetingMs` on, a long one. */
  shortGreetingMs: number;
  longGreetingMs: number;
  /** Silence after a short greeting, and after a long one, that tells a person who waits for an answer. */
  silenceAfterShortMs: number;
  silenceAfterLongMs: number;
  /** At the time limit, this much silence will do; after less than `pauseAtLimitMs`, it is the middle of a greeting. */
  silenceAtLimitMs: number;
  pauseAtLimitMs: number;
  /** Speech of this length is a recording. */
  recordingMs: number;
  /** At the time limit, speech that goes on, of this length, is held to be a recording. */
  recordingAtLimitMs: number;
}

export const POLICY: PolicySettings = {
  shortGreetingMs: 1100,
  longGreetingMs: 1500,
  silenceAfterShortMs: 650,
  silenceAfterLongMs: 1500,
  silenceAtLimitMs: 800,
  pauseAtLimitMs: 500,
  recordingMs: 4800,
  recordingAtLimitMs: 2000,
};

/** The verdict that the observation allows, or null when it is better to hear more. */
export function judge(seen: Observation, policy: PolicySettings = POLICY): Judgement | null {
  return (
    judgeSignals(seen.heard) ?? judgeSpeech(seen, policy) ?? (seen.isLast ? judgeAtLimit(seen, policy) : null)
  );
}

function judgeSignals(heard: Heard): Judgement | null {
  if (heard.ced) return verdict('FAX_MACHINE', 'fax_called', 0.99, 'the answer tone of a fax (2100 Hz)');
  if (heard.v21) return verdict('FAX_MACHINE', 'fax_called', 0.98, 'the data signal of a fax (V.21)');
  if (heard.cng)
    return verdict(
      'FAX_MACHINE',
      'fax_calling',
      0.97,
      'the calling tone of a fax (1100 Hz for half a second)',
    );
  if (heard.sit)
    return verdict(
      'ANSWER_MACHINE',
      'carrier_announcement',
      0.97,
      'the three rising tones before a carrier announcement',
    );
  if (heard.busy) return verdict('UNKNOWN', 'busy_tone', 0.95, 'a busy tone');
  if (heard.beep) return verdict('ANSWER_MACHINE', 'voicemail', 0.97, 'the beep of an answering machine');
  return null;
}

function judgeSpeech(seen: Observation, policy: PolicySettings): Judgement | null {
  if (seen.speechStartMs < 0 || seen.isTonePending) return null;
  const span = seen.speechEndMs - seen.speechStartMs;
  const quiet = seen.nowMs - seen.speechEndMs;
  if (span >= policy.recordingMs && seen.speechMs >= RECORDING_SPEECH_SHARE * span)
    return verdict('ANSWER_MACHINE', 'voicemail', 0.9, `${seconds(span)} s of speech`);
  const hasRival = seen.rivalMs >= RIVAL_MS;
  if (hasRival && seen.isLast) return null;
  const isDoubtful = hasRival || seen.speechMs < WORD_MS;
  const needed = isDoubtful ? policy.silenceAfterLongMs : silenceNeeded(seen, policy);
  if (quiet < needed || (seen.isSounding && quiet < needed + SOUNDING_LONGEST_MS)) return null;
  const isShort = span < policy.shortGreetingMs;
  const evidence = seen.isSaidAgain
    ? `${seconds(seen.speechEndMs - seen.phraseStartMs)} s of speech, said twice, then ${seconds(quiet)} s of silence`
    : speechThenSilence(span, quiet);
  return verdict('LIVE', kindOfPerson(span), isShort ? 0.92 : 0.88, evidence);
}

/**
 * The more was said, the longer the pause may be until a recording goes on; after a second phrase it may be as long again.
 * But who says the same again has been waiting for an answer.
 */
function silenceNeeded(seen: Observation, policy: PolicySettings): number {
  const { shortGreetingMs, longGreetingMs, silenceAfterShortMs, silenceAfterLongMs } = policy;
  if (seen.isSaidAgain) return SILENCE_WHEN_SAID_AGAIN_MS;
  if (seen.phraseStartMs > seen.speechStartMs) return silenceAfterLongMs;
  const span = seen.speechEndMs - seen.speechStartMs;
  const share = (span - shortGreetingMs) / (longGreetingMs - shortGreetingMs);
  return silenceAfterShortMs + Math.max(0, Math.min(1, share)) * (silenceAfterLongMs - silenceAfterShortMs);
}

function judgeAtLimit(seen: Observation, policy: PolicySettings): Judgement {
  // What began only just now, the net has not judged yet.
  if (seen.speechStartMs < 0 || seen.nowMs - seen.speechStartMs <= UNJUDGED_MS) {
    if (seen.heard.ringback) return verdict('UNKNOWN', 'ringback_only', 0.9, 'only ringing was heard');
    return seen.levelDb > -55
      ? verdict('UNKNOWN', 'noise', 0.75, 'noise, and no speech above it')
      : verdict('UNKNOWN', 'silence', 0.9, 'silence');
  }
  const span = seen.speechEndMs - seen.speechStartMs;
  const quiet = seen.nowMs - seen.speechEndMs;
  if (seen.isTonePending)
    return verdict('ANSWER_MACHINE', 'voicemail', 0.8, `a tone after ${seconds(span)} s of speech`);
  if (seen.rivalMs >= RIVAL_MS && quiet >= policy.pauseAtLimitMs)
    return verdict('UNKNOWN', 'undecided', 0.4, `${seconds(span)} s of speech, and other sound as loud`);
  if (quiet >= policy.silenceAtLimitMs)
    return verdict('LIVE', kindOfPerson(span), 0.75, speechThenSilence(span, quiet));
  if (quiet >= policy.pauseAtLimitMs && span >= policy.longGreetingMs)
    return verdict('UNKNOWN', 'undecided', 0.4, speechThenSilence(span, quiet));
  if (span >= policy.recordingAtLimitMs)
    return verdict('ANSWER_MACHINE', 'voicemail', 0.93, `still talking after ${seconds(span)} s of speech`);
  if (quiet >= LEAST_SILENCE_MS)
    return verdict('LIVE', kindOfPerson(span), 0.5, speechThenSilence(span, quiet));
  return verdict('UNKNOWN', 'undecided', 0.3, `${seconds(span)} s of speech at the time limit`);
}

/** A private person says a word or two, a business its name and how it may help. */
function kindOfPerson(span: number): VerdictKind {
  return span < LONGEST_HELLO_MS ? 'human' : 'business_greeting';
}

function verdict(farEndType: FarEndType, kind: VerdictKind, confidence: number, evidence: string): Judgement {
  return { farEndType, kind, confidence, evidence };
}

function speechThenSilence(span: number, quiet: number): string {
  return `${seconds(span)} s of speech, then ${seconds(quiet)} s of silence`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

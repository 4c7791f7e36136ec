import type { EarlyMedia, HeardPeaks, NetworkTone, Verdict } from '@outdial/contract';
import type { Signal } from '@outdial/lsd';
import type { MediaFailure } from '../errors.js';
import type { Quality } from '../quality/quality.js';
import type { StreamWarning } from '../stream/words.js';

/** A signal in the far end's audio: ringback, busy, special information tones, a beep, fax tones. */
export interface HeardSignal {
  signal: Signal;
  /** When it was known, in ms of the stream since its first packet. */
  atMs: number;
  /** The same from the answer on: negative is early media; null: there is no answer yet. */
  sinceAnswerMs: number | null;
  /** Of the whole signal so far. */
  durationMs: number;
  /** In Hz. */
  frequencies: readonly number[];
}

/** Where in the stream the answer lies. */
export interface AnswerPosition {
  /** In ms of the stream since its first packet; 0 when nothing has come yet. */
  atMs: number;
  earlyMedia: EarlyMedia;
}

/** A verdict, and what it rests on. */
export interface HeardVerdict {
  verdict: Verdict;
  /** True: it takes the place of an earlier one. */
  isRevised: boolean;
  /** Audio that was lost on the way since the answer, in ms. */
  lostMs: number;
  earlyMedia: EarlyMedia;
}

export type PlayResult =
  | { outcome: 'finished' | 'stopped'; playedMs: number }
  | { outcome: 'failed'; playedMs: number; error: MediaFailure };

export type RecordingResult =
  | { outcome: 'finished'; path: string; durationMs: number }
  | { outcome: 'failed'; path: string; durationMs: number; error: MediaFailure };

/** What a media thread tells of a session: words, never frames. */
export interface SessionEvents {
  /** A verdict was reached, or revised. */
  verdict: [HeardVerdict];
  /** A signal was heard, before or after the answer. */
  signal: [HeardSignal];
  /** A network tone was heard before the answer; one that goes on is told once. */
  networkTone: [NetworkTone];
  /** A mailbox was heard before the answer: it has greeted and beeped. `atMs` in ms of early media. */
  mailbox: [{ atMs: number }];
  /** The far end began or ceased to speak; `atMs` in ms of the stream. */
  speech: [{ isSpeaking: boolean; atMs: number }];
  /** How loud the next part of the far end's stream was, once `measure` has asked. */
  heard: [HeardPeaks];
  /** A packet came before it was said where the far end is. Told once. */
  early: [];
  /** A digit came by telephone event, or as tones where none are agreed on; each press once, when it begins. `atMs` in ms of the stream. */
  digit: [{ digit: string; atMs: number }];
  /** A play ended; also the value of `play`. */
  played: [PlayResult];
  /** A recording ended, or could not go on. */
  recorded: [RecordingResult];
  /** Something is wrong with a voice bot's stream, which goes on; also an event of the stream, by its number. */
  streamWarning: [StreamWarning & { stream: number }];
  /** The figures so far, about every 5 s. */
  quality: [Quality];
  /** The media thread died or hung: the session is over. */
  lost: [MediaFailure];
}

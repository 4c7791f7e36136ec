import type { LsdEvent, Signal } from '../events.js';
import { RepetitionDetector, type Span } from '../speech/repetition.js';
import { SpeechNet } from '../speech/speech-net.js';
import { inRingBand, ToneClassifier } from '../tones/tone-classifier.js';
import { isPure, isSteady, type Tone, ToneTracker } from '../tones/tone-tracker.js';
import { type Frame, FrameAnalyser, HOP_MS } from './frame.js';
import { type Segment, SoundHistory } from './sound-history.js';

/** How often the speech segments and the decision are updated. */
export const DECISION_INTERVAL_MS = 50;
/** Speech has ended after a pause of this length. */
const SPEECH_END_PAUSE_MS = 350;
/** What is never as loud as this is the noise of a line: the net, which hears relative levels, may take it for speech. */
const QUIETEST_SPEECH_DB = -50;
/** Less speech than this is a click or the edge of a tone. */
const LEAST_SPEECH_MS = 250;
/** The onset of a tone, in which it is not steady yet. */
const TONE_EDGE_MS = 20;

/** Ringing has more than this share of its power in the ringing frequencies; vowels have less. */
const RINGLIKE_SHARE = 0.85;

/** Whether each signal has been detected so far. */
export type DetectedSignals = Record<Signal, boolean>;

/** Detects speech, tones and signals in the audio, and reports them as they occur. */
export class AudioAnalyser {
  readonly history = new SoundHistory();
  readonly signals: DetectedSignals = {
    beep: false,
    ringback: false,
    busy: false,
    congestion: false,
    sit: false,
    cng: false,
    ced: false,
    v21: false,
  };
  readonly #analyser = new FrameAnalyser();
  readonly #net = new SpeechNet(this.history);
  readonly #tones = new ToneTracker();
  readonly #classifier = new ToneClassifier(this.history);
  readonly #repetition = new RepetitionDetector();
  readonly #onEvent: (event: LsdEvent) => void;
  readonly #isLevelOnly: boolean;
  #speakingSinceMs = -1;
  /** The last moment that was as loud as speech. */
  #loudMs = -1;
  /** Milliseconds of audio analysed so far. */
  nowMs = 0;
  /** Milliseconds of speech so far, pauses left out. */
  speechMs = 0;
  /** The end of the last speech and of the last tone; -1 when there was none. */
  speechUntilMs = -1;
  toneUntilMs = -1;
  /** End and length of the last beep. */
  beepUntilMs = -1;
  beepMs = 0;

  /**
   * @param isLevelOnly treat every loud sound as speech, without the net; for the evaluation of the net only
   */
  constructor(onEvent: (event: LsdEvent) => void, isLevelOnly = false) {
    this.#onEvent = onEvent;
    this.#isLevelOnly = isLevelOnly;
  }

  /** True when the last samples completed a frame, which is every 10 ms. */
  get isReady(): boolean {
    return this.#analyser.isReady;
  }

  /**
   * Takes samples from index `from` up to the end of the frame; returns the index of the first sample not
   * taken.
   */
  take(samples: Int16Array, from: number): number {
    const end = this.#analyser.take(samples, from);
    if (this.#analyser.isReady) this.#takeFrame();
    return end;
  }

  #takeFrame(): void {
    const { frame } = this.#analyser;
    this.nowMs += HOP_MS;
    if (frame.levelDb > QUIETEST_SPEECH_DB) this.#loudMs = this.nowMs;
    this.history.push(frame, isRinglike(frame));
    if (!this.#isLevelOnly) this.#net.push(frame);
    this.#followTones();
    if (this.nowMs % DECISION_INTERVAL_MS === 0) this.#followSpeech();
  }

  /** The end of the last in-band ringing; -1 when there was none. */
  get ringbackUntilMs(): number {
    return this.#classifier.ringbackUntilMs;
  }

  /** A tone is sounding, or one has just ended that may turn out to be a beep. */
  get isTonePending(): boolean {
    const { isSounding, tone } = this.#tones;
    return (
      this.#classifier.isBeepPending || (isSounding && isPure(tone) && this.#classifier.mayBecomeSignal(tone))
    );
  }

  /** True when the phrase repeats the previous one. Always false with `isLevelOnly`. */
  isRepeated(before: Span, phrase: Span): boolean {
    if (this.#isLevelOnly) return false;
    return this.#repetition.isRepeated(this.#net.measures, before, phrase);
  }

  #followTones(): void {
    const { tone } = this.#tones;
    const change = this.#tones.push(this.#analyser.frame);
    if (change === 'started') {
      this.#classifier.started(tone);
      this.#onEvent({ type: 'toneStarted', atMs: tone.startMs, frequencies: frequencies(tone) });
    }
    if (this.#tones.isSounding || change === 'ended') this.#followTone(tone, change === 'ended');
    this.#report(this.#classifier.push(this.#analyser.frame, this.nowMs));
  }

  #followTone(tone: Tone, hasEnded: boolean): void {
    const speechBeforeMs = this.#speechBefore(tone.startMs);
    const isRinging = speechBeforeMs < LEAST_SPEECH_MS && this.#classifier.isRinging(tone) && isSteady(tone);
    if (isRinging) {
      this.#tones.expectAgain();
      this.#discardSpeechBefore(tone.startMs);
    }
    if (isPure(tone) || isRinging) {
      this.history.markTone(tone.startMs - TONE_EDGE_MS, tone.endMs + TONE_EDGE_MS);
      if (!this.#classifier.isHum(tone)) this.toneUntilMs = tone.endMs;
    }
    if (!hasEnded) this.#report(this.#classifier.sounding(tone, speechBeforeMs));
    else {
      const durationMs = tone.endMs - tone.startMs;
      this.#onEvent({ type: 'toneEnded', atMs: tone.endMs, durationMs, frequencies: frequencies(tone) });
      this.#report(this.#classifier.ended(tone, speechBeforeMs));
    }
  }

  /**
   * Milliseconds of speech before a moment. Excludes ringing: an uncertain tone may have been taken for
   * speech.
   */
  #speechBefore(ms: number): number {
    const { segments, segmentCount } = this.history;
    let speechBeforeMs = 0;
    for (let n = 0; n < segmentCount; n++) {
      const segment = segments[n] as Segment;
      const endMs = Math.min(segment.endMs, ms);
      if (endMs > segment.startMs)
        speechBeforeMs += endMs - segment.startMs - this.history.ringlikeMs(segment.startMs, endMs);
    }
    return speechBeforeMs;
  }

  /** Speech just before ringing was a piece of ringing too short to be recognised. */
  #discardSpeechBefore(ms: number): void {
    const { segments, segmentCount } = this.history;
    for (let n = 0; n < segmentCount; n++) {
      const { startMs, endMs } = segments[n] as Segment;
      if (startMs < ms) this.history.markTone(startMs, Math.min(endMs, ms));
    }
  }

  #report(signal: Signal | null): void {
    if (signal === null) return;
    const { startMs, endMs } = this.#classifier;
    const durationMs = endMs - startMs;
    if (signal === 'beep') {
      this.history.markTone(startMs - TONE_EDGE_MS, endMs + TONE_EDGE_MS);
      this.beepUntilMs = endMs;
      this.beepMs = durationMs;
      this.toneUntilMs = Math.max(this.toneUntilMs, endMs);
    }
    this.signals[signal] = true;
    this.#onEvent({ type: signal, atMs: this.nowMs, durationMs, frequencies: frequencies(this.#classifier) });
  }

  #followSpeech(): void {
    this.history.segment();
    const { segments, segmentCount } = this.history;
    this.speechMs = 0;
    for (let n = 0; n < segmentCount; n++) {
      const segment = segments[n] as Segment;
      this.speechMs += segment.endMs - segment.startMs;
    }
    const last = segmentCount > 0 ? (segments[segmentCount - 1] as Segment) : null;
    if (last !== null) this.speechUntilMs = last.endMs;
    const isRecent = last !== null && this.nowMs - last.endMs < SPEECH_END_PAUSE_MS;
    const isSpeaking = isRecent && this.#loudMs > last.startMs;
    if (isSpeaking && this.#speakingSinceMs < 0) {
      this.#speakingSinceMs = last.startMs;
      this.#onEvent({ type: 'speechStarted', atMs: last.startMs });
    }
    if (!isSpeaking && this.#speakingSinceMs >= 0) {
      const durationMs = Math.max(0, this.speechUntilMs - this.#speakingSinceMs);
      this.#speakingSinceMs = -1;
      this.#onEvent({ type: 'speechEnded', atMs: this.speechUntilMs, durationMs });
    }
  }
}

/** Almost all of the power is in the frequencies of ringing. */
function isRinglike({ firstHz, firstShare, secondHz, secondShare }: Frame): boolean {
  const share = (inRingBand(firstHz) ? firstShare : 0) + (inRingBand(secondHz) ? secondShare : 0);
  return share > RINGLIKE_SHARE;
}

function frequencies(tone: { firstHz: number; secondHz: number }): number[] {
  const first = Math.round(tone.firstHz);
  const second = Math.round(tone.secondHz);
  return second === 0 ? [first] : [Math.min(first, second), Math.max(first, second)];
}

import type { LsdEvent, Signal } from './events.js';
import { type Frame, FrameAnalyser, HOP_MS } from './frame.js';
import { Repetition, type Span } from './repetition.js';
import { inRingBand, Signals } from './signals.js';
import { type Segment, SoundHistory } from './sound-history.js';
import { SpeechNet } from './speech-net.js';
import { isPure, isSteady, type Tone, ToneTracker } from './tone-tracker.js';

/** How often the speech heard so far is looked at anew. */
export const LOOK_EVERY_MS = 50;
/** A pause this long, and the speech has ended. */
const SPEECH_OVER_MS = 350;
/** Less speech than this is none: a click, or the edge of a tone. */
const UNSPOKEN_MS = 250;
/** The onset of a tone, in which it was not yet steady. */
const TONE_EDGE_MS = 20;

/** Share of the power in the frequencies of ringing, of which vowels have less. */
const RINGLIKE_SHARE = 0.85;

/** Signals heard so far. */
export type Heard = Record<Signal, boolean>;

/** What there is to hear: turns samples into speech, tones and signals, and reports them as they come. */
export class Ears {
  readonly history = new SoundHistory();
  readonly heard: Heard = {
    beep: false,
    ringback: false,
    busy: false,
    sit: false,
    cng: false,
    ced: false,
    v21: false,
  };
  readonly #analyser = new FrameAnalyser();
  readonly #net = new SpeechNet(this.history);
  readonly #tones = new ToneTracker();
  readonly #signals = new Signals(this.history);
  readonly #repetition = new Repetition();
  readonly #onEvent: (event: LsdEvent) => void;
  readonly #isLevelOnly: boolean;
  #speakingSinceMs = -1;
  nowMs = 0;
  /** Milliseconds of speech so far, pauses left out. */
  speechMs = 0;
  /** When the last speech and the last tone ended; -1 when there was none. */
  speechUntilMs = -1;
  toneUntilMs = -1;
  /** End and length of the last beep. */
  beepUntilMs = -1;
  beepMs = 0;

  /** `isLevelOnly`: takes all that is loud for speech and does not ask the net; to measure what the net brings. */
  constructor(onEvent: (event: LsdEvent) => void, isLevelOnly = false) {
    this.#onEvent = onEvent;
    this.#isLevelOnly = isLevelOnly;
  }

  /** True when the samples taken last brought something new to know: every 10 ms. */
  get isReady(): boolean {
    return this.#analyser.isReady;
  }

  /** Takes samples from `from` on, up to the next frame at most; returns how far it came. */
  take(samples: Int16Array, from: number): number {
    const end = this.#analyser.take(samples, from);
    if (this.#analyser.isReady) this.#takeFrame();
    return end;
  }

  #takeFrame(): void {
    const { frame } = this.#analyser;
    this.nowMs += HOP_MS;
    this.history.push(frame, isRinglike(frame));
    if (!this.#isLevelOnly) this.#net.push(frame);
    this.#followTones();
    if (this.nowMs % LOOK_EVERY_MS === 0) this.#followSpeech();
  }

  /** When in-band ringing was last heard, -1 if never. */
  get rangUntilMs(): number {
    return this.#signals.rangUntilMs;
  }

  /** A tone sounds, or one has just ended that may prove to be a beep. */
  get isTonePending(): boolean {
    const { isSounding, tone } = this.#tones;
    return this.#signals.isBeepPending || (isSounding && isPure(tone) && this.#signals.mayBecomeSignal(tone));
  }

  /** True when a phrase is the one before said again; never by level alone. */
  isSaidAgain(before: Span, phrase: Span): boolean {
    if (this.#isLevelOnly) return false;
    return this.#repetition.isSaidAgain(this.#net.measures, before, phrase);
  }

  #followTones(): void {
    const { tone } = this.#tones;
    const change = this.#tones.push(this.#analyser.frame);
    if (change === 'started') {
      this.#signals.started(tone);
      this.#onEvent({ type: 'toneStarted', atMs: tone.startMs, frequencies: frequencies(tone) });
    }
    if (this.#tones.isSounding || change === 'ended') this.#followTone(tone, change === 'ended');
    this.#report(this.#signals.push(this.#analyser.frame, this.nowMs));
  }

  #followTone(tone: Tone, hasEnded: boolean): void {
    const spokenMs = this.#spokenBefore(tone.startMs);
    const isRinging = spokenMs < UNSPOKEN_MS && this.#signals.isRinging(tone) && isSteady(tone);
    if (isRinging) {
      this.#tones.expectAgain();
      this.#takeBackSpeechBefore(tone.startMs);
    }
    if (isPure(tone) || isRinging) {
      this.history.markTone(tone.startMs - TONE_EDGE_MS, tone.endMs + TONE_EDGE_MS);
      if (!this.#signals.isHum(tone)) this.toneUntilMs = tone.endMs;
    }
    if (!hasEnded) this.#report(this.#signals.sounding(tone, spokenMs));
    else {
      const durationMs = tone.endMs - tone.startMs;
      this.#onEvent({ type: 'toneEnded', atMs: tone.endMs, durationMs, frequencies: frequencies(tone) });
      this.#report(this.#signals.ended(tone, spokenMs));
    }
  }

  /** Milliseconds of speech before a moment: a tone that was not yet certain may have been taken for speech itself. */
  #spokenBefore(ms: number): number {
    const { segments, segmentCount } = this.history;
    let spokenMs = 0;
    for (let n = 0; n < segmentCount; n++) {
      const segment = segments[n] as Segment;
      const endMs = Math.min(segment.endMs, ms);
      if (endMs > segment.startMs)
        spokenMs += endMs - segment.startMs - this.history.ringlikeMs(segment.startMs, endMs);
    }
    return spokenMs;
  }

  /** What little came before ringing was ringing too: a piece too short to tell. */
  #takeBackSpeechBefore(ms: number): void {
    const { segments, segmentCount } = this.history;
    for (let n = 0; n < segmentCount; n++) {
      const { startMs, endMs } = segments[n] as Segment;
      if (startMs < ms) this.history.markTone(startMs, Math.min(endMs, ms));
    }
  }

  #report(signal: Signal | null): void {
    if (signal === null) return;
    const { startMs, endMs } = this.#signals;
    const durationMs = endMs - startMs;
    if (signal === 'beep') {
      this.history.markTone(startMs - TONE_EDGE_MS, endMs + TONE_EDGE_MS);
      this.beepUntilMs = endMs;
      this.beepMs = durationMs;
      this.toneUntilMs = Math.max(this.toneUntilMs, endMs);
    }
    this.heard[signal] = true;
    this.#onEvent({ type: signal, atMs: this.nowMs, durationMs, frequencies: frequencies(this.#signals) });
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
    const isSpeaking = last !== null && this.nowMs - last.endMs < SPEECH_OVER_MS;
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

/** Next to nothing is heard but frequencies of ringing. */
function isRinglike({ firstHz, firstShare, secondHz, secondShare }: Frame): boolean {
  const share = (inRingBand(firstHz) ? firstShare : 0) + (inRingBand(secondHz) ? secondShare : 0);
  return share > RINGLIKE_SHARE;
}

function frequencies(tone: { firstHz: number; secondHz: number }): number[] {
  const first = Math.round(tone.firstHz);
  const second = Math.round(tone.secondHz);
  return second === 0 ? [first] : [Math.min(first, second), Math.max(first, second)];
}

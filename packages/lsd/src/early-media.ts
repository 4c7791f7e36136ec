import {
  type EarlyMedia,
  NETWORK_TONES,
  type NetworkTone,
  type NetworkToneKind,
  type Verdict,
} from '@outdial/contract';
import { SpeakerDetector } from './detector.js';
import type { LsdEvent, Signal, SignalEvent } from './events.js';

const MOST_TONES = 16;
/** The longest time that the detector takes; signals are heard for as long as early media goes on. */
const LONGEST_MS = 10_000;
/** Less is a click, or the edge of a tone. */
const LEAST_SPEECH_MS = 250;
/** So much speech before a beep is a greeting. */
const GREETING_MS = 800;
/** As sure as a greeting and a beep are. */
const CONFIDENCE = 0.85;

/** What is told while early media is listened to; synchronously from `push`. */
export interface EarlyMediaListeners {
  /** A network tone; one that goes on, or comes again with no other in between, is told once. */
  onTone: (tone: NetworkTone) => void;
  /** A mailbox: it has greeted and beeped. Once. */
  onMailbox: (atMs: number) => void;
  /** Everything that the detector tells, but for verdicts. */
  onEvent?: (event: Exclude<LsdEvent, { type: 'verdict' | 'revised' }>) => void;
}

/** Listens to the callee's side before the answer: for the network's tones, and for a mailbox. */
export class EarlyMediaListener {
  readonly #detector: SpeakerDetector;
  readonly #listeners: EarlyMediaListeners;
  readonly #tones: NetworkTone[] = [];
  #speechMs = 0;
  #speakingSinceMs: number | null = null;
  #hasBeeped = false;
  #isMailbox = false;

  constructor(listeners: EarlyMediaListeners) {
    this.#listeners = listeners;
    this.#detector = new SpeakerDetector({
      mode: 'DEFAULT',
      timeoutMilliseconds: LONGEST_MS,
      onEvent: (event) => this.#follow(event),
    });
  }

  /** Analyses 8 kHz mono samples; see `SpeakerDetector.push`. */
  push(samples: Int16Array): void {
    this.#detector.push(samples);
  }

  /** What has been heard so far. */
  summary(): EarlyMedia {
    const heardMs = this.#detector.audioMs;
    return {
      heardMs,
      speechMs: Math.round(this.#speechUntil(heardMs)),
      hasBeeped: this.#hasBeeped,
      isMailbox: this.#isMailbox,
      tones: [...this.#tones],
    };
  }

  #follow(event: LsdEvent): void {
    switch (event.type) {
      case 'verdict':
      case 'revised':
        return;
      case 'speechStarted':
        this.#speakingSinceMs = event.atMs;
        break;
      case 'speechEnded':
        if (event.durationMs >= LEAST_SPEECH_MS) this.#speechMs += event.durationMs;
        this.#speakingSinceMs = null;
        break;
      case 'beep':
        this.#takeBeep(event);
        break;
      default:
        if (isNetworkTone(event.type)) this.#takeTone(event.type, event as SignalEvent);
    }
    this.#listeners.onEvent?.(event);
  }

  #takeBeep({ atMs, durationMs }: SignalEvent): void {
    this.#hasBeeped = true;
    // Speech that has not ended yet is counted up to the beep.
    if (this.#isMailbox || this.#speechUntil(atMs - durationMs) < GREETING_MS) return;
    this.#isMailbox = true;
    this.#listeners.onMailbox(atMs);
  }

  #takeTone(kind: NetworkToneKind, { atMs, frequencies }: SignalEvent): void {
    if (this.#tones.length >= MOST_TONES || this.#tones.at(-1)?.kind === kind) return;
    const tone: NetworkTone = { kind, atMs, frequencies: [...frequencies] };
    this.#tones.push(tone);
    this.#listeners.onTone(tone);
  }

  #speechUntil(ms: number): number {
    const since = this.#speakingSinceMs;
    const speakingMs = since === null ? 0 : ms - since;
    return this.#speechMs + (speakingMs >= LEAST_SPEECH_MS ? speakingMs : 0);
  }
}

/**
 * A verdict with what was heard before the answer as evidence. A mailbox that greets and beeps in early media and then
 * answers is silent after the answer, since it records: it is an `ANSWER_MACHINE`.
 */
export function withEarlyMedia(verdict: Verdict, early: EarlyMedia | null): Verdict {
  const before = early === null ? [] : whatWasHeard(early);
  if (early === null || before.length === 0) return verdict;
  const evidence = `${verdict.evidence}; before the answer: ${before.join(', ')}`;
  if (!early.isMailbox || verdict.farEndType !== 'UNKNOWN') return { ...verdict, evidence };
  return {
    ...verdict,
    farEndType: 'ANSWER_MACHINE',
    kind: 'voicemail',
    confidence: CONFIDENCE,
    evidence,
  };
}

const NAMES: Readonly<Record<NetworkToneKind, string | null>> = {
  // It says nothing of who answers.
  ringback: null,
  busy: 'a busy tone',
  congestion: 'a congestion tone',
  sit: 'special information tones',
};

function whatWasHeard({ tones, speechMs, hasBeeped }: EarlyMedia): string[] {
  const speech = (speechMs ?? 0) >= GREETING_MS ? [`${((speechMs ?? 0) / 1000).toFixed(1)} s of speech`] : [];
  return [...tones.flatMap(({ kind }) => NAMES[kind] ?? []), ...speech, ...(hasBeeped ? ['a beep'] : [])];
}

function isNetworkTone(type: Signal | 'toneStarted' | 'toneEnded'): type is NetworkToneKind {
  return (NETWORK_TONES as readonly string[]).includes(type);
}

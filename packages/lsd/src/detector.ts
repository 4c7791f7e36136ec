import {
  DEFAULTS,
  type LiveSpeakerDetectMode,
  type Verdict,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
} from '@outdial/contract';
import { AnswerMachineWaiter } from './answer-machine-waiter.js';
import { AudioAnalyser, DECISION_INTERVAL_MS } from './audio/audio-analyser.js';
import { HOP_MS, SAMPLE_RATE } from './audio/frame.js';
import { LsdInputError } from './errors.js';
import type { LsdEvent } from './events.js';
import { type Decision, decide } from './verdict/decision-rules.js';
import { emptyObservation, type Observation, observe } from './verdict/observation.js';

export interface SpeakerDetectorOptions {
  /** `TIMEOUT_FROM_ANSWER_DETECT`: in-band ringing does not count towards the time limit. */
  mode: LiveSpeakerDetectMode;
  /** Time limit for the verdict in milliseconds of audio, 500 to 10 000. */
  timeoutMilliseconds: number;
  /** Called synchronously from `push`, `pushBytes`, `end` and `expire`. */
  onEvent: (event: LsdEvent) => void;
  /** Sample rate of the audio in hertz; only 8000 is supported. Default: 8000. */
  sampleRate?: number;
}

/** A verdict can be revised until this long after the answer. */
const REVISE_UNTIL_MS = 11_000;
/** Longer than any pause between two rings: after it, the ringing is over. */
const RING_PAUSE_MS = 4500;

/**
 * Decoding buffer for a packet of 20 ms. Shared by all detectors: its content never outlives a synchronous
 * call.
 */
const decoded = new Int16Array(160);

/**
 * Tells from the audio since the answer whether a person, an answering machine or a fax has answered. Time is
 * counted in samples, so the same audio gives the same events, however it is divided and whenever it arrives.
 */
export class SpeakerDetector {
  readonly #options: SpeakerDetectorOptions;
  readonly #audio: AudioAnalyser;
  readonly #observation: Observation;
  #waiters: readonly AnswerMachineWaiter[] = [];
  /** Time that counts towards the time limit. */
  #spentMs = 0;
  #verdict: Verdict | null = null;

  /** @throws {LsdInputError} when the time limit or the sample rate is out of range */
  constructor(options: SpeakerDetectorOptions) {
    const { timeoutMilliseconds: timeout, sampleRate = SAMPLE_RATE } = options;
    if (sampleRate !== SAMPLE_RATE)
      throw new LsdInputError(`sampleRate ${sampleRate} is not supported: only 8000 is`);
    if (!(timeout >= DEFAULTS.lsdTimeoutMillisecondsMin && timeout <= DEFAULTS.lsdTimeoutMillisecondsMax))
      throw new LsdInputError(`timeoutMilliseconds ${timeout} is not between 500 and 10000`);
    this.#options = options;
    this.#audio = new AudioAnalyser(options.onEvent);
    this.#observation = emptyObservation(this.#audio);
  }

  /** The current verdict: null until there is one, and the revised one after a revision. */
  get verdict(): Verdict | null {
    return this.#verdict;
  }

  /** Whether there is a verdict that will not be revised any more. */
  get isFinal(): boolean {
    return this.#verdict !== null && this.#audio.nowMs > REVISE_UNTIL_MS;
  }

  /** Milliseconds of audio analysed so far. */
  get audioMs(): number {
    return this.#audio.nowMs;
  }

  /**
   * Milliseconds of audio until the time limit, provided that no ringing that does not count comes in
   * between.
   */
  get remainingMs(): number {
    return Math.max(0, this.#options.timeoutMilliseconds - this.#spentMs);
  }

  /**
   * Analyses 8 kHz mono samples.
   * @throws {LsdInputError} when there are none
   */
  push(samples: Int16Array): void {
    if (samples.length === 0) throw new LsdInputError('no samples');
    for (let at = 0; at < samples.length; ) {
      at = this.#audio.take(samples, at);
      if (this.#audio.isReady) this.#processFrame();
    }
  }

  /**
   * Analyses the same as 16-bit little-endian bytes.
   * @throws {LsdInputError} when there are none, or an odd number
   */
  pushBytes(l16: Uint8Array): void {
    if (l16.length === 0) throw new LsdInputError('no samples');
    if (l16.length % 2 !== 0)
      throw new LsdInputError(`${l16.length} bytes: 16-bit samples need an even number of bytes`);
    for (let at = 0; at < l16.length; at += 2 * decoded.length) {
      const count = Math.min(decoded.length, (l16.length - at) / 2);
      for (let n = 0; n < count; n++)
        decoded[n] = (l16[at + 2 * n] as number) | ((l16[at + 2 * n + 1] as number) << 8);
      this.push(count === decoded.length ? decoded : decoded.subarray(0, count));
    }
  }

  /** Call when the stream has stopped. Returns the verdict so far, else UNKNOWN. */
  end(): Verdict {
    return (
      this.#verdict ??
      this.#emit({
        farEndType: 'UNKNOWN',
        kind: 'hung_up',
        confidence: 0,
        evidence: 'the audio stopped before there was a verdict',
      })
    );
  }

  /**
   * Call when the time limit has passed on the caller's clock but less audio than that has arrived: gives the
   * verdict now.
   */
  expire(): Verdict {
    if (this.#verdict !== null) return this.#verdict;
    observe(this.#audio, true, this.#observation);
    const decision = decide(this.#observation);
    return decision === null ? this.end() : this.#emit(decision);
  }

  /**
   * Waits, in the audio that follows, for the moment to leave a message on an answering machine. Several
   * waits may run at the same time. `onDone` is not called when the stream stops first.
   */
  waitForAnswerMachine(
    options: WaitForAnswerMachineOptions,
    onDone: (outcome: WaitOutcome) => void,
  ): AnswerMachineWaiter {
    const waiter = new AnswerMachineWaiter(options, this.#audio.nowMs, (outcome) => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      onDone(outcome);
    });
    this.#waiters = [...this.#waiters, waiter];
    return waiter;
  }

  #processFrame(): void {
    if (this.#waiters.length > 0) for (const waiter of this.#waiters) waiter.update(this.#audio);
    const { nowMs } = this.#audio;
    if (!this.#isRinging()) this.#spentMs += HOP_MS;
    const isLast = this.#verdict === null && this.#spentMs + HOP_MS > this.#options.timeoutMilliseconds;
    if (!isLast && (this.isFinal || nowMs % DECISION_INTERVAL_MS !== 0)) return;
    observe(this.#audio, isLast, this.#observation);
    const decision = decide(this.#observation);
    if (decision !== null && (this.#verdict === null || isContradiction(this.#verdict, decision)))
      this.#emit(decision);
  }

  /** In `TIMEOUT_FROM_ANSWER_DETECT`, in-band ringing does not count towards the time limit. */
  #isRinging(): boolean {
    const { ringbackUntilMs, speechMs, nowMs } = this.#audio;
    if (this.#options.mode !== 'TIMEOUT_FROM_ANSWER_DETECT' || ringbackUntilMs < 0) return false;
    return speechMs === 0 && nowMs - ringbackUntilMs < RING_PAUSE_MS;
  }

  #emit(decision: Decision): Verdict {
    const type = this.#verdict === null ? 'verdict' : 'revised';
    const atMs = this.#audio.nowMs;
    const verdict: Verdict = { decidedAfterMs: atMs, ...decision };
    this.#verdict = verdict;
    this.#options.onEvent({ type, atMs, verdict });
    return verdict;
  }
}

function isContradiction({ farEndType }: Verdict, decision: Decision): boolean {
  if (farEndType === decision.farEndType || decision.farEndType === 'UNKNOWN') return false;
  // A machine does not turn into a person because its greeting is over.
  return decision.farEndType !== 'LIVE' || farEndType === 'UNKNOWN';
}

import {
  DEFAULTS,
  type LiveSpeakerDetectMode,
  type Verdict,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
} from '@outdial/contract';
import { AnswerMachineWaiter } from './answer-machine-waiter.js';
import { Ears, LOOK_EVERY_MS } from './ears.js';
import { LsdInputError } from './errors.js';
import type { LsdEvent } from './events.js';
import { HOP_MS, SAMPLE_RATE } from './frame.js';
import { nothingHeard, type Observation, observe } from './observation.js';
import { type Judgement, judge } from './policy.js';

export interface SpeakerDetectorOptions {
  mode: LiveSpeakerDetectMode;
  /** Time to classify, 500 to 10 000 ms, counted in samples. */
  timeoutMilliseconds: number;
  onEvent: (event: LsdEvent) => void;
  /** Of the audio to come; anything but 8000 is refused. Default 8000. */
  sampleRate?: number;
}

/** A verdict may be revised this long after the answer. */
const REVISE_UNTIL_MS = 11_000;
/** The longest pause between two rings, and some: after it the ringing is over. */
const RING_PAUSE_MS = 4500;

/** Work space for bytes, a packet of 20 ms at a time; shared, since it never outlives a synchronous call. */
const decoded = new Int16Array(160);

/**
 * Finds out, from the audio since the answer, whether a person, a machine or a fax has answered. Time is
 * counted in samples: the same audio gives the same events, however it is cut and whenever it comes.
 */
export class SpeakerDetector {
  readonly #options: SpeakerDetectorOptions;
  readonly #ears: Ears;
  readonly #seen: Observation;
  #waiters: readonly AnswerMachineWaiter[] = [];
  /** Time that counts against the limit. */
  #spentMs = 0;
  #verdict: Verdict | null = null;

  constructor(options: SpeakerDetectorOptions) {
    const { timeoutMilliseconds: timeout, sampleRate = SAMPLE_RATE } = options;
    if (sampleRate !== SAMPLE_RATE)
      throw new LsdInputError(`audio of ${sampleRate} Hz: only 8000 Hz is taken`);
    if (!(timeout >= DEFAULTS.lsdTimeoutMillisecondsMin && timeout <= DEFAULTS.lsdTimeoutMillisecondsMax))
      throw new LsdInputError(`timeoutMilliseconds ${timeout} is not between 500 and 10000`);
    this.#options = options;
    this.#ears = new Ears(options.onEvent);
    this.#seen = nothingHeard(this.#ears);
  }

  /** The verdict, once reached; the revised one after a revision. */
  get verdict(): Verdict | null {
    return this.#verdict;
  }

  /** Milliseconds of audio heard so far. */
  get heardMs(): number {
    return this.#ears.nowMs;
  }

  /** Milliseconds of audio until the time limit; more when ringing does not spend the time. */
  get remainingMs(): number {
    return Math.max(0, this.#options.timeoutMilliseconds - this.#spentMs);
  }

  /** Takes 8 kHz mono samples, any number but none. */
  push(samples: Int16Array): void {
    if (samples.length === 0) throw new LsdInputError('no samples');
    for (let at = 0; at < samples.length; ) {
      at = this.#ears.take(samples, at);
      if (this.#ears.isReady) this.#listen();
    }
  }

  /** Takes the same as 16-bit little-endian bytes (L16). */
  pushBytes(l16: Uint8Array): void {
    if (l16.length === 0) throw new LsdInputError('no samples');
    if (l16.length % 2 !== 0)
      throw new LsdInputError(`${l16.length} bytes: 16-bit samples come in pairs of bytes`);
    for (let at = 0; at < l16.length; at += 2 * decoded.length) {
      const count = Math.min(decoded.length, (l16.length - at) / 2);
      for (let n = 0; n < count; n++)
        decoded[n] = (l16[at + 2 * n] as number) | ((l16[at + 2 * n + 1] as number) << 8);
      this.push(count === decoded.length ? decoded : decoded.subarray(0, count));
    }
  }

  /** The stream has stopped: the verdict so far, else UNKNOWN. */
  end(): Verdict {
    return (
      this.#verdict ??
      this.#give({
        farEndType: 'UNKNOWN',
        kind: 'hung_up',
        confidence: 0,
        evidence: 'the audio stopped before there was a verdict',
      })
    );
  }

  /** The time limit is over by the caller's clock, and less audio than that has come: the verdict is due now. */
  expire(): Verdict {
    if (this.#verdict !== null) return this.#verdict;
    observe(this.#ears, true, this.#seen);
    const judgement = judge(this.#seen);
    return judgement === null ? this.end() : this.#give(judgement);
  }

  /**
   * Waits, on the audio to come, for the moment to speak to an answering machine. `onDone` is not called when the
   * stream stops first.
   */
  waitForAnswerMachine(
    options: WaitForAnswerMachineOptions,
    onDone: (outcome: WaitOutcome) => void,
  ): AnswerMachineWaiter {
    const waiter = new AnswerMachineWaiter(options, this.#ears.nowMs, (outcome) => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      onDone(outcome);
    });
    this.#waiters = [...this.#waiters, waiter];
    return waiter;
  }

  #listen(): void {
    if (this.#waiters.length > 0) for (const waiter of this.#waiters) waiter.listen(this.#ears);
    const { nowMs } = this.#ears;
    if (!this.#isRinging()) this.#spentMs += HOP_MS;
    const isLast = this.#verdict === null && this.#spentMs + HOP_MS > this.#options.timeoutMilliseconds;
    const isOver = this.#verdict !== null && nowMs > REVISE_UNTIL_MS;
    if (!isLast && (isOver || nowMs % LOOK_EVERY_MS !== 0)) return;
    observe(this.#ears, isLast, this.#seen);
    const judgement = judge(this.#seen);
    if (judgement !== null && (this.#verdict === null || isContradiction(this.#verdict, judgement)))
      this.#give(judgement);
  }

  /** In this mode, ringing after the connect does not spend the time. */
  #isRinging(): boolean {
    const { rangUntilMs, speechMs, nowMs } = this.#ears;
    if (this.#options.mode !== 'TIMEOUT_FROM_ANSWER_DETECT' || rangUntilMs < 0) return false;
    return speechMs === 0 && nowMs - rangUntilMs < RING_PAUSE_MS;
  }

  #give(judgement: Judgement): Verdict {
    const type = this.#verdict === null ? 'verdict' : 'revised';
    const atMs = this.#ears.nowMs;
    const verdict: Verdict = { ...judgement, decidedAfterMs: atMs };
    this.#verdict = verdict;
    this.#options.onEvent({ type, atMs, verdict });
    return verdict;
  }
}

function isContradiction({ farEndType }: Verdict, judgement: Judgement): boolean {
  if (farEndType === judgement.farEndType || judgement.farEndType === 'UNKNOWN') return false;
  // A machine does not turn into a person because its greeting is over.
  return judgement.farEndType !== 'LIVE' || farEndType === 'UNKNOWN';
}

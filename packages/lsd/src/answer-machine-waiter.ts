import {
  WAIT_DEFAULTS,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
  type WaitTrigger,
} from '@outdial/contract';
import type { Ears } from './ears.js';

/** Tones are measured to within this much: codecs and lost packets eat at their edges. */
const BEEP_TOLERANCE_MS = 15;

/**
 * Finds the moment to speak to an answering machine: after a beep and a silence, or a longer silence without a
 * beep. A beep that came shortly before the wait began counts: it is often what gave the machine away.
 */
export class AnswerMachineWaiter {
  readonly #minBeepMs: number;
  readonly #postBeepMs: number;
  readonly #noBeepMs: number;
  readonly #untilMs: number;
  readonly #onDone: (outcome: WaitOutcome) => void;
  /** What was once heard as speech counts, even if it was taken back later: better to wait than to interrupt. */
  #soundUntilMs = 0;
  #outcome: WaitOutcome | null = null;

  /** `nowMs`: milliseconds of audio heard when the wait begins. Made by `SpeakerDetector.waitForAnswerMachine`. */
  constructor(options: WaitForAnswerMachineOptions, nowMs: number, onDone: (outcome: WaitOutcome) => void) {
    const {
      millisecondsMinBeepDuration = WAIT_DEFAULTS.millisecondsMinBeepDuration,
      millisecondsPostBeepSilence = WAIT_DEFAULTS.millisecondsPostBeepSilence,
      millisecondsNoBeepSilence = WAIT_DEFAULTS.millisecondsNoBeepSilence,
      secondsTimeout = WAIT_DEFAULTS.secondsTimeout,
    } = options;
    this.#minBeepMs = millisecondsMinBeepDuration - BEEP_TOLERANCE_MS;
    this.#postBeepMs = millisecondsPostBeepSilence;
    this.#noBeepMs = millisecondsNoBeepSilence;
    this.#untilMs = secondsTimeout === null ? Number.POSITIVE_INFINITY : nowMs + secondsTimeout * 1000;
    this.#onDone = onDone;
  }

  /** Null while it waits. */
  get outcome(): WaitOutcome | null {
    return this.#outcome;
  }

  /** Looks at what has been heard; called after every 10 ms of audio. */
  listen(ears: Ears): void {
    if (this.#outcome !== null) return;
    if (this.#isAfterBeep(ears)) this.#finish('beep', ears.nowMs);
    else if (this.#isSilent(ears)) this.#finish('silence', ears.nowMs);
    else if (ears.nowMs >= this.#untilMs) this.#finish('timeout', ears.nowMs);
  }

  #isAfterBeep(ears: Ears): boolean {
    if (ears.beepUntilMs < 0 || ears.beepMs < this.#minBeepMs || ears.isTonePending) return false;
    // Speech after a beep: the machine has more to say. The tone's own edges are no speech.
    const isLastSound = ears.speechUntilMs <= ears.beepUntilMs + 100 && ears.toneUntilMs <= ears.beepUntilMs;
    return isLastSound && ears.nowMs - ears.beepUntilMs >= this.#postBeepMs;
  }

  #isSilent(ears: Ears): boolean {
    this.#soundUntilMs = Math.max(this.#soundUntilMs, ears.speechUntilMs, ears.toneUntilMs);
    return !ears.isTonePending && ears.nowMs - this.#soundUntilMs >= this.#noBeepMs;
  }

  #finish(trigger: WaitTrigger, atMs: number): void {
    this.#outcome = { trigger, isReady: trigger !== 'timeout', atMs };
    this.#onDone(this.#outcome);
  }
}

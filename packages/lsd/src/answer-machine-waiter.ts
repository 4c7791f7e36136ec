import type { Ears } from './ears.js';

/** The parameters of `waitForAnswerMachine`, with the defaults of the reference. */
export interface WaitForAnswerMachineOptions {
  /** The shortest tone that is a beep. Default 180. */
  millisecondsMinBeepDuration?: number;
  /** Silence after a beep that makes sure of it. Default 1000. */
  millisecondsPostBeepSilence?: number;
  /** Silence that means that there will be no beep. Default 4000. */
  millisecondsNoBeepSilence?: number;
  /** Time to wait, null for no limit. Default 10. */
  secondsTimeout?: number | null;
}

/** `beep` and `silence`: a message may be left now. `atMs`: milliseconds of audio since the answer. */
export interface WaitOutcome {
  trigger: 'beep' | 'silence' | 'timeout';
  /** True when a message may be left. */
  isReady: boolean;
  atMs: number;
}

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
  #outcome: WaitOutcome | null = null;

  /** `nowMs`: milliseconds of audio heard when the wait begins. Made by `SpeakerDetector.waitForAnswerMachine`. */
  constructor(options: WaitForAnswerMachineOptions, nowMs: number, onDone: (outcome: WaitOutcome) => void) {
    this.#minBeepMs = (options.millisecondsMinBeepDuration ?? 180) - BEEP_TOLERANCE_MS;
    this.#postBeepMs = options.millisecondsPostBeepSilence ?? 1000;
    this.#noBeepMs = options.millisecondsNoBeepSilence ?? 4000;
    const { secondsTimeout = 10 } = options;
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
    const lastSoundMs = Math.max(0, ears.speechUntilMs, ears.toneUntilMs);
    return !ears.isTonePending && ears.nowMs - lastSoundMs >= this.#noBeepMs;
  }

  #finish(trigger: WaitOutcome['trigger'], atMs: number): void {
    this.#outcome = { trigger, isReady: trigger !== 'timeout', atMs };
    this.#onDone(this.#outcome);
  }
}

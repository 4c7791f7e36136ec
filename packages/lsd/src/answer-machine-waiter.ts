import {
  WAIT_DEFAULTS,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
  type WaitTrigger,
} from '@outdial/contract';
import type { AudioAnalyser } from './audio/audio-analyser.js';

/** Codecs and lost packets blur the edges of a tone, so its length is measured to within this much. */
const BEEP_TOLERANCE_MS = 15;

/**
 * Finds the moment to leave a message on an answering machine: after a beep and a silence, or after a longer
 * silence without a beep. A beep shortly before the wait began counts: it is often what identified the
 * machine.
 */
export class AnswerMachineWaiter {
  readonly #minBeepMs: number;
  readonly #postBeepMs: number;
  readonly #noBeepMs: number;
  readonly #untilMs: number;
  readonly #onDone: (outcome: WaitOutcome) => void;
  /** Includes speech that was reclassified later: waiting too long is better than interrupting. */
  #soundUntilMs = 0;
  #outcome: WaitOutcome | null = null;

  /**
   * Use `SpeakerDetector.waitForAnswerMachine` to create one.
   * @param nowMs milliseconds of audio analysed when the wait begins
   * @param onDone called once, with the outcome
   */
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

  /** Null while waiting. */
  get outcome(): WaitOutcome | null {
    return this.#outcome;
  }

  /** Called after every 10 ms of audio. */
  update(audio: AudioAnalyser): void {
    if (this.#outcome !== null) return;
    if (this.#isAfterBeep(audio)) this.#finish('beep', audio.nowMs);
    else if (this.#isSilent(audio)) this.#finish('silence', audio.nowMs);
    else if (audio.nowMs >= this.#untilMs) this.#finish('timeout', audio.nowMs);
  }

  #isAfterBeep(audio: AudioAnalyser): boolean {
    if (audio.beepUntilMs < 0 || audio.beepMs < this.#minBeepMs || audio.isTonePending) return false;
    // Speech after the beep means that the greeting goes on. The first 100 ms may be the edge of the tone
    // itself.
    const isLastSound =
      audio.speechUntilMs <= audio.beepUntilMs + 100 && audio.toneUntilMs <= audio.beepUntilMs;
    return isLastSound && audio.nowMs - audio.beepUntilMs >= this.#postBeepMs;
  }

  #isSilent(audio: AudioAnalyser): boolean {
    this.#soundUntilMs = Math.max(this.#soundUntilMs, audio.speechUntilMs, audio.toneUntilMs);
    return !audio.isTonePending && audio.nowMs - this.#soundUntilMs >= this.#noBeepMs;
  }

  #finish(trigger: WaitTrigger, atMs: number): void {
    this.#outcome = { trigger, isReady: trigger !== 'timeout', atMs };
    this.#onDone(this.#outcome);
  }
}

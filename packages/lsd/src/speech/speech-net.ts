import { UNITS } from '../audio/dimensions.js';
import type { Frame } from '../audio/frame.js';
import { net } from '../audio/kernels.js';
import type { SoundHistory } from '../audio/sound-history.js';
import { Gain, SETTLED_STEPS } from './gain.js';
import { WEIGHTS } from './speech-net-weights.generated.js';
import { MEAN_DB, MEAN_STEPS, MEASURES, STEP_MS, StepInputs, StepMeter } from './step-inputs.js';

/** The net classifies a step this many steps later. */
export const LOOKAHEAD_STEPS = 8;
export const LOOKAHEAD_MS = LOOKAHEAD_STEPS * STEP_MS;

/** After this many steps a tone has ended or is recognised. */
const LONGEST_BEEP_STEPS = 65;
/** Number of steps kept for reclassification: 11.5 s, after which the level of a call is known. */
const STEPS_KEPT = 576;

/**
 * A recurrent net (GRU) that tells the voice of the callee from the background. When the gain changes, the
 * net reclassifies the call from its start, so that the same call gives the same result at any level.
 */
export class SpeechNet {
  readonly #history: SoundHistory;
  readonly #floorDb = () => this.#history.floorDb();
  readonly #loudestDb = () => this.#loudestStepDb();
  readonly #meter = new StepMeter();
  readonly #gain = new Gain();
  readonly #inputs = new StepInputs();
  readonly #state = new Float64Array(UNITS);
  /** The measures of each step of the first 11.5 s. */
  readonly measures = new Float32Array(STEPS_KEPT * MEASURES);
  #steps = 0;
  /** The loudest of the steps that are old enough for their tones to be known. */
  #olderSteps = 0;
  #olderLoudestDb = -100;

  /** @param history receives the probabilities, and provides the background level and the tones */
  constructor(history: SoundHistory) {
    this.#history = history;
  }

  push(frame: Frame): void {
    if (!this.#meter.push(frame)) return;
    const { values } = this.#meter;
    const at = this.#steps++;
    if (at >= STEPS_KEPT) {
      this.#decide(at, values, 0);
      return;
    }
    this.measures.set(values, at * MEASURES);
    if (this.#gain.push(values[MEAN_DB] as number, this.#loudestDb, this.#floorDb)) this.#reclassify(at);
    this.#decide(at, this.measures, at * MEASURES);
  }

  /** Classifies all steps before `end` with the current gain. */
  #reclassify(end: number): void {
    this.#inputs.restart(this.#gain.db);
    this.#state.fill(0);
    for (let at = 0; at < end; at++) this.#decide(at, this.measures, at * MEASURES);
  }

  #decide(at: number, measures: Float64Array | Float32Array, from: number): void {
    this.#inputs.take(measures, from);
    net.inputs.set(this.#inputs.values);
    net.state.set(this.#state);
    net.step();
    this.#state.set(net.state);
    if (at < LOOKAHEAD_STEPS) return;
    const startMs = (at - LOOKAHEAD_STEPS) * STEP_MS;
    this.#history.markSpeech(startMs, startMs + STEP_MS, net.probability[0] as number);
  }

  /**
   * The mean level of the loudest step, without tones and without the last steps, which may turn out to be
   * one.
   */
  #loudestStepDb(): number {
    const end = this.#steps - SETTLED_STEPS;
    const older = Math.max(this.#olderSteps, end - LONGEST_BEEP_STEPS);
    this.#olderLoudestDb = Math.max(this.#olderLoudestDb, this.#loudestIn(this.#olderSteps, older));
    this.#olderSteps = older;
    return Math.max(this.#olderLoudestDb, this.#loudestIn(older, end));
  }

  #loudestIn(from: number, to: number): number {
    let loudest = -100;
    let lastTone = from - MEAN_STEPS;
    for (let at = Math.max(0, from - MEAN_STEPS + 1); at < to; at++) {
      if (this.#history.isTone(at * STEP_MS)) lastTone = at;
      else if (at >= from && at - lastTone >= MEAN_STEPS)
        loudest = Math.max(loudest, this.measures[at * MEASURES + MEAN_DB] as number);
    }
    return loudest;
  }
}

net.weights.set(WEIGHTS);
net.arrange();

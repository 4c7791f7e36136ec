import { QUIETEST_LOUDEST_DB } from './step-inputs.js';

/** The loudest step of a call is brought to this level, which is well within the training data of the net. */
const LOUDEST_TO_DB = -16;
/** The gain is set only once something is this far above the background. */
const STANDS_OUT_DB = 15;
/**
 * The gain is updated after this many steps without a louder one. At the onset of a sound, neither its level
 * is known nor whether it is a tone.
 */
export const SETTLED_STEPS = 8;
/** Smaller errors of the gain are ignored. */
const GAIN_ERROR_DB = 2;

/** The gain applied to a call before the net, from the levels so far. */
export class Gain {
  #loudestDb = -100;
  #stepsSinceLouder = 0;
  /** The current gain. */
  db = 0;

  /**
   * Returns true when the gain has changed.
   * @param meanDb mean level of the step
   * @param loudestDb level of the loudest step that is not a tone: a loud beep must not attenuate the speech
   * before it
   * @param floorDb level of the background
   */
  push(meanDb: number, loudestDb: () => number, floorDb: () => number): boolean {
    if (meanDb > this.#loudestDb) {
      this.#loudestDb = meanDb;
      this.#stepsSinceLouder = 0;
      return false;
    }
    if (++this.#stepsSinceLouder % SETTLED_STEPS !== 0) return false;
    const loudest = loudestDb();
    const leastDb = Math.max(floorDb() + STANDS_OUT_DB, QUIETEST_LOUDEST_DB);
    const wanted = loudest >= leastDb ? LOUDEST_TO_DB - loudest : 0;
    if (Math.abs(wanted - this.db) < GAIN_ERROR_DB) return false;
    this.db = wanted;
    return true;
  }
}

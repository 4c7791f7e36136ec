import { QUIETEST_LOUDEST_DB } from './step-inputs.js';

/** The loudest of a call is brought to here: well within what the net was trained on. */
const LOUDEST_TO_DB = -16;
/** That is done once something stands out from the background by this much, */
const STANDS_OUT_DB = 15;
/**
 * and looked at each time that nothing louder came for so many steps: while a voice sets in, its level is not known, nor
 * whether it is a tone.
 */
export const SETTLED_STEPS = 8;
/** A gain that is less wrong than this is left alone. */
const GAIN_ERROR_DB = 2;

/** By how much the net hears a call louder, or softer, than it is: judged by what was heard of it so far. */
export class Gain {
  #loudestDb = -100;
  #stepsSinceLouder = 0;
  /** The gain in use. */
  db = 0;

  /**
   * Takes a step's mean level; true when the gain has changed. `loudestDb` and `floorDb` ask for the level of the loudest
   * step that was no tone, and of the background: a loud beep must not make a whisper of the speech before it.
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

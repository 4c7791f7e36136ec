const BUCKETS = 80;
/** The quietest share of the frames counts as background; this many of the loudest frames are peaks. */
const FLOOR_SHARE = 0.15;
const PEAK_FRAMES = 4;

/** A histogram of frame levels with buckets of 1 dB. Frames can be removed again. */
export class LevelStatistics {
  readonly #lowestDb: number;
  readonly #counts = new Uint16Array(BUCKETS);
  #total = 0;

  constructor(lowestDb: number) {
    this.#lowestDb = lowestDb;
  }

  add(levelDb: number): void {
    this.#count(levelDb, 1);
  }

  remove(levelDb: number): void {
    this.#count(levelDb, -1);
  }

  /** The level of the background. */
  floorDb(): number {
    let bucket = 0;
    let below = this.#counts[0] as number;
    while (below < this.#total * FLOOR_SHARE && bucket < BUCKETS - 1)
      below += this.#counts[++bucket] as number;
    return bucket + this.#lowestDb;
  }

  /** The level of the loudest few frames. */
  peakDb(): number {
    let bucket = BUCKETS - 1;
    let above = this.#counts[bucket] as number;
    while (above < PEAK_FRAMES && bucket > 0) above += this.#counts[--bucket] as number;
    return bucket + this.#lowestDb;
  }

  #count(levelDb: number, by: 1 | -1): void {
    const bucket = Math.max(0, Math.min(BUCKETS - 1, Math.round(levelDb - this.#lowestDb)));
    this.#counts[bucket] = (this.#counts[bucket] as number) + by;
    this.#total += by;
  }
}

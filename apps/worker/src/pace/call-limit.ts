/** Three looks in a row that were late are an overload; a single one is a pause of the garbage collector, say. */
const LOOKS_LATE = 3;
/** How long a lowered limit is given to show before it is lowered again, in milliseconds. */
const SETTLE_MS = 1000;
const LOWERED_TO = 0.9;
/** So few calls do not make a worker late. If it is late with them, other programs use the machine, and fewer would not help. */
const LOWEST = 10;
/** By how much of the configured number the limit rises a second while nothing is late. */
const RISES_BY = 0.08;

/**
 * How many calls a worker may hold, so that it dials as much as it can and no more. While it is late it takes no job. When
 * it stays late it holds too much: the limit falls to nine tenths of what it holds, and again a second later. While it is on
 * time the limit rises steadily to what is configured. So it stays near the largest number that the machine can carry,
 * whatever a call costs: what is answered later than it was dialled is counted as well.
 */
export class CallLimit {
  readonly #configured: number;
  /** At least so many may be held, late or not. */
  readonly lowest: number;
  #limit: number;
  #looksLate = 0;
  #loweredAt = Number.NEGATIVE_INFINITY;
  #lookedAt: number | null = null;

  /** `configured`: the most calls at once, at least 1. */
  constructor(configured: number) {
    this.#configured = configured;
    this.lowest = Math.min(configured, LOWEST);
    this.#limit = configured;
  }

  /** At most so many, from the last look on. */
  get calls(): number {
    return Math.floor(this.#limit);
  }

  /** Whether it is lower than what is configured. */
  get isLowered(): boolean {
    return this.calls < this.#configured;
  }

  /** Whether nothing is to be taken at this moment, beyond the lowest number. */
  get isLate(): boolean {
    return this.#looksLate > 0;
  }

  /** To be told some times a second whether the worker is late, and how many calls it holds. `now` is monotonic, in ms. */
  look(isLate: boolean, held: number, now: number): void {
    const sinceMs = now - (this.#lookedAt ?? now);
    this.#lookedAt = now;
    if (!isLate) {
      this.#looksLate = 0;
      this.#limit = Math.min(this.#configured, this.#limit + (this.#configured * RISES_BY * sinceMs) / 1000);
      return;
    }
    this.#looksLate += 1;
    if (this.#looksLate < LOOKS_LATE || now - this.#loweredAt < SETTLE_MS) return;
    this.#loweredAt = now;
    this.#limit = Math.max(this.lowest, Math.min(this.#limit, held) * LOWERED_TO);
  }
}

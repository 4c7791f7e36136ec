/** The calls that are up drop audio together: they count once in this time, in milliseconds. */
const SETTLE_MS = 1000;
const LOWERED_TO = 0.9;
const LOWEST = 0.1;
const RISES_BY_A_SECOND = 0.02;

/** How strong a server is next to others: 1, less whenever it could not keep up, and rising again while it can. */
export class Strength {
  #value = 1;
  #at = 0;
  #loweredAt = Number.NEGATIVE_INFINITY;

  get value(): number {
    const now = performance.now();
    this.#value = Math.min(1, this.#value + ((now - this.#at) / 1000) * RISES_BY_A_SECOND);
    this.#at = now;
    return this.#value;
  }

  lower(): void {
    const now = performance.now();
    if (now - this.#loweredAt < SETTLE_MS) return;
    this.#value = Math.max(LOWEST, this.value * LOWERED_TO);
    this.#loweredAt = now;
  }
}

import { TransientMap } from '@outdial/collections';

/** Each leg is swept so often. */
const ROUND_MS = 100;
/** The legs are swept in turn: each of hundreds may have silence of 100 ms to send to its bot. */
const PARTS = 10;
/** How long after one part the next is due. */
export const SWEEP_MS = ROUND_MS / PARTS;
/** After a sweep that comes so long after the one before, a round is left out. */
const STALLED_MS = 500;

interface Swept {
  sweep(nowMs: number): void;
}

/** Lets the time pass for the legs of a thread: each of them every 100 ms, a tenth of them every 10 ms. */
export class Sweeps {
  readonly #parts = Array.from({ length: PARTS }, () => new TransientMap<number, Swept>());
  #at = 0;
  #sweptAt = performance.now();
  #resumesAt = 0;

  /** Joins the part with the fewest. */
  add(session: number, leg: Swept): void {
    this.#parts.reduce((fewest, part) => (part.size < fewest.size ? part : fewest)).set(session, leg);
  }

  delete(session: number): void {
    for (const part of this.#parts) part.delete(session);
  }

  /** To be called every `SWEEP_MS`, once the sockets were read. Returns how late it was called, in ms. */
  next(): number {
    const now = performance.now();
    const sinceMs = now - this.#sweptAt;
    this.#sweptAt = now;
    // One reading takes 32 packets of a socket; after a longer stall there may be more.
    if (sinceMs > STALLED_MS) this.#resumesAt = now + ROUND_MS;
    this.#at = (this.#at + 1) % PARTS;
    if (now >= this.#resumesAt) for (const leg of this.#parts[this.#at]?.values() ?? []) leg.sweep(now);
    return sinceMs - SWEEP_MS;
  }
}

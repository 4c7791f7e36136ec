import { setTimeout as sleep } from 'node:timers/promises';

/** What a rate limiter knows of time: monotonic milliseconds, and a wait that ends early when the signal aborts. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
};

/** Spaces turns evenly, at most `perSecond` a second, in the order asked. */
export class RateLimiter {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  #nextAt = 0;

  constructor(perSecond: number, clock: Clock = SYSTEM_CLOCK) {
    this.#intervalMs = 1000 / perSecond;
    this.#clock = clock;
  }

  /** How long the next caller would have to wait, in milliseconds. */
  get waitMs(): number {
    return Math.max(0, this.#nextAt - this.#clock.now());
  }

  /** Resolves when it is the caller's turn (at once when the last was long enough ago), or when the signal aborts. */
  async turn(signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    // Timers have a resolution of 1 ms.
    if (at - now >= 1) await this.#clock.sleep(at - now, signal);
  }
}

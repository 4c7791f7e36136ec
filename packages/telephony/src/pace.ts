import { setTimeout as sleep } from 'node:timers/promises';

/** Spaces out what must not come faster than `perSecond`, in the order asked. */
export class Pace {
  readonly #intervalMs: number;
  #nextAt = 0;

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** Resolves when it is the caller's turn; at once when there is no hurry, or once the signal aborts. */
  async turn(signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#nextAt);
    this.#nextAt = at + this.#intervalMs;
    // Timers have a resolution of a millisecond, so a shorter wait is no wait.
    if (at - now >= 1) await sleep(at - now, undefined, { signal }).catch(() => undefined);
  }
}

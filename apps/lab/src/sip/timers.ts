/** RFC 3261's timer values (table 4), and named timers that are stopped together. */

export interface TimerValues {
  /** Round-trip estimate. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE's final response. */
  readonly t2Ms: number;
  /** How long a message may live in the network. */
  readonly t4Ms: number;
  /** 64*T1: the limit of timers B, D, F, H, J, L and M. */
  readonly limitMs: number;
  /** A 100 is due when nothing else was sent for so long (17.2.1). */
  readonly tryingMs: number;
  /** Timer C: an INVITE that only rings is cancelled after so long. Absent: it rings as long as it rings. */
  readonly ringLimitMs?: number;
}

/** All keep their ratio to T1, so that a test's smaller T1 makes everything faster alike. */
export function timerValues(t1Ms = 500): TimerValues {
  return { t1Ms, t2Ms: 8 * t1Ms, t4Ms: 10 * t1Ms, limitMs: 64 * t1Ms, tryingMs: 0.4 * t1Ms };
}

export class Timers<Name extends string> {
  readonly #running = new Map<Name, NodeJS.Timeout>();

  /** Starts the timer, anew if it runs already. */
  start(name: Name, delayMs: number, onFired: () => void): void {
    this.stop(name);
    this.#running.set(
      name,
      setTimeout(() => {
        this.#running.delete(name);
        onFired();
      }, delayMs),
    );
  }

  stop(...names: Name[]): void {
    for (const name of names) {
      clearTimeout(this.#running.get(name));
      this.#running.delete(name);
    }
  }

  stopAll(): void {
    this.stop(...this.#running.keys());
  }
}

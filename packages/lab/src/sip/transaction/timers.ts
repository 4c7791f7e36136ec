/** RFC 3261's timer values (table 4), and named timers that can be stopped together. */

export interface TimerValues {
  /** Round-trip estimate. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE's final response. */
  readonly t2Ms: number;
  /** How long a message may live in the network. */
  readonly t4Ms: number;
  /** 64*T1: the limit of timers B, D, F, H, J, L and M. */
  readonly limitMs: number;
  /** A 100 is sent when nothing else was sent within this time (17.2.1). */
  readonly tryingMs: number;
  /** Timer C: an INVITE that rings this long is cancelled. Absent: no limit. */
  readonly ringLimitMs?: number;
}

/**
 * Every value is proportional to T1, so that a smaller T1 makes a test faster without changing the order of
 * timers.
 */
export function timerValues(t1Ms = 500): TimerValues {
  return { t1Ms, t2Ms: 8 * t1Ms, t4Ms: 10 * t1Ms, limitMs: 64 * t1Ms, tryingMs: 0.4 * t1Ms };
}

export class Timers<Name extends string> {
  readonly #running = new Map<Name, NodeJS.Timeout>();

  /** Starts the timer; restarts it when it is running. */
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

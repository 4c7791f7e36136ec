/** Frames are due in steps of this. */
const SLOT_MS = 2;
/** Longer than the longest packet time of 60 ms, and a power of two. */
const SLOTS = 64;
/** A new listener's first frame is due within so many slots: 10 ms. */
const FIRST_WITHIN_SLOTS = 5;
/** After a stall of the thread, so much is sent late, at once; what is beyond is moved ahead in time. */
const CATCH_UP_MS = 100;

interface Listener {
  readonly slots: number;
  readonly onFrame: () => void;
  isCancelled: boolean;
}

/**
 * Calls each of its listeners every packet time: one timer for all sessions of a thread. The schedule is absolute, so
 * late timers do not add up to drift, and listeners are spread over the slots, so that hundreds of sessions do not
 * send in one burst.
 */
export class FrameClock {
  /** The latest that a slot was run since it was last asked for, in ms. */
  #latestMs = 0;
  readonly #wheel: Listener[][] = Array.from({ length: SLOTS }, () => []);
  #size = 0;
  #isRunning = false;
  #timer: NodeJS.Timeout | null = null;
  /** When the slot `#at` is due, on the clock of `performance.now()`. */
  #dueAt = 0;
  #at = 0;

  /** Listeners at present. */
  get size(): number {
    return this.#size;
  }

  /** How late frames have been at most since the last call. */
  takeLatestMs(): number {
    const latest = this.#latestMs;
    this.#latestMs = 0;
    return latest;
  }

  /** Calls `onFrame` every `periodMs` (an even number up to 126) until the returned function is called. */
  every(periodMs: number, onFrame: () => void): () => void {
    const listener: Listener = { slots: periodMs / SLOT_MS, onFrame, isCancelled: false };
    const now = performance.now();
    if (this.#size === 0 && !this.#isRunning) this.#dueAt = now;
    // Slots that are over and have not been run yet are no place for it.
    const passed = Math.max(0, Math.ceil((now - this.#dueAt) / SLOT_MS));
    let best = this.#slot(passed + 1);
    for (let ahead = 2; ahead <= FIRST_WITHIN_SLOTS; ahead++)
      if (this.#slot(passed + ahead).length < best.length) best = this.#slot(passed + ahead);
    best.push(listener);
    this.#size += 1;
    this.#schedule();
    return () => {
      if (listener.isCancelled) return;
      listener.isCancelled = true;
      this.#size -= 1;
    };
  }

  #slot(ahead: number): Listener[] {
    return this.#wheel[(this.#at + ahead) % SLOTS] as Listener[];
  }

  #schedule(): void {
    if (this.#isRunning) return;
    // It may be set for a later slot.
    if (this.#timer !== null) clearTimeout(this.#timer);
    let ahead = 0;
    while (ahead < SLOTS && this.#slot(ahead).length === 0) ahead++;
    const waitMs = this.#dueAt + ahead * SLOT_MS - performance.now();
    this.#timer = setTimeout(() => this.#run(), Math.max(0, Math.ceil(waitMs)));
  }

  #run(): void {
    this.#timer = null;
    this.#isRunning = true;
    const now = performance.now();
    while (this.#dueAt <= now) {
      const due = this.#wheel[this.#at] as Listener[];
      if (due.length > 0) {
        const lateMs = now - this.#dueAt;
        if (lateMs > this.#latestMs) this.#latestMs = lateMs;
        if (lateMs > CATCH_UP_MS) this.#dueAt = now - CATCH_UP_MS;
        this.#wheel[this.#at] = [];
        for (const listener of due) this.#call(listener);
      }
      this.#at = (this.#at + 1) % SLOTS;
      this.#dueAt += SLOT_MS;
    }
    this.#isRunning = false;
    if (this.#size > 0) this.#schedule();
    else for (const slot of this.#wheel) slot.length = 0;
  }

  #call(listener: Listener): void {
    if (listener.isCancelled) return;
    listener.onFrame();
    if (!listener.isCancelled) this.#slot(listener.slots).push(listener);
  }
}

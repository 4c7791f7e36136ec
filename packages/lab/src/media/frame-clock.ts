/** The sample rate of all audio in the lab, in Hz. */
export const SAMPLE_RATE = 8000;
/** The audio in one RTP packet, in milliseconds and in samples. */
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;

/** Frames are spread over this many phases of the 20 ms, so that 200 calls do not send in one burst. */
const PHASES = 4;
const PHASE_MS = FRAME_MS / PHASES;
/** After a stall of the process, up to this much is sent late; anything older is skipped. */
const CATCH_UP_MS = 200;

/**
 * Calls each of its listeners every 20 ms: one timer for all RTP sessions. The schedule is absolute, so
 * that late timers do not add up to drift.
 */
export class FrameClock {
  readonly #phases = Array.from({ length: PHASES }, () => new Set<() => void>());
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  /** When the next phase is due, and which one it is. */
  #nextAt = 0;
  #nextPhase = 0;

  /** @param now the time in milliseconds; default `performance.now()` */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Calls `onFrame` every 20 ms until the returned function is called. */
  start(onFrame: () => void): () => void {
    const phase = this.#phases.reduce((least, one) => (one.size < least.size ? one : least));
    phase.add(onFrame);
    if (this.#timer === null) {
      this.#nextAt = this.#now() + PHASE_MS;
      this.#schedule();
    }
    // The timer stops when no listener is left.
    return () => phase.delete(onFrame);
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#run(), Math.max(1, Math.ceil(this.#nextAt - this.#now())));
  }

  #run(): void {
    const now = this.#now();
    if (now - this.#nextAt > CATCH_UP_MS) this.#nextAt = now - CATCH_UP_MS;
    while (this.#nextAt <= now) {
      for (const onFrame of this.#phases[this.#nextPhase] ?? []) onFrame();
      this.#nextPhase = (this.#nextPhase + 1) % PHASES;
      this.#nextAt += PHASE_MS;
    }
    if (this.#phases.some(({ size }) => size > 0)) this.#schedule();
    else this.#timer = null;
  }
}

/** The clock that all RTP sessions of the process share. */
export const frameClock = new FrameClock();

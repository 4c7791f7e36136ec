import type { OnFrame } from '../api.js';
import type { RunningFork } from './endpoint-forks.js';

/** Starts a fork that gives its frames to `take`. */
type StartFork = (take: OnFrame) => Promise<RunningFork | { problem: string }>;

/** Frames of one fork after the other: the next one takes over with its first frame, so that nothing is missed. */
export class RenewableFork {
  readonly #onFrame: OnFrame;
  readonly #start: StartFork;
  /** Counts the forks, and says whose frames count: those of the latest that has given one. */
  #count = 0;
  #current = 0;
  readonly #running = new Map<number, RunningFork>();
  #isClosed = false;

  constructor(onFrame: OnFrame, start: StartFork) {
    this.#onFrame = onFrame;
    this.#start = start;
  }

  /** Resolves with why it could not be started, or null. */
  async open(): Promise<string | null> {
    this.#count += 1;
    const number = this.#count;
    const fork = await this.#start((pcm) => this.#take(number, pcm));
    if ('problem' in fork) return fork.problem;
    this.#running.set(number, fork);
    if (this.#isClosed) this.close();
    return null;
  }

  /** Goes on with another fork, or with the same one where none can be had. */
  async renew(): Promise<void> {
    if (!this.#isClosed) await this.open();
  }

  close(): void {
    this.#isClosed = true;
    this.#endBefore(this.#count + 1);
  }

  #take(number: number, pcm: Int16Array): void {
    if (number < this.#current || this.#isClosed) return;
    if (number > this.#current) {
      this.#current = number;
      this.#endBefore(number);
    }
    this.#onFrame(pcm);
  }

  #endBefore(number: number): void {
    for (const [earlier, fork] of this.#running) {
      if (earlier >= number) continue;
      this.#running.delete(earlier);
      fork.end();
    }
  }
}

import type { Logger } from 'pino';

export interface Round {
  name: string;
  /** Milliseconds between the end of one round and the start of the next. */
  everyMs: number;
  round: () => Promise<unknown>;
}

/** Chores that are done again and again: one at a time each, and a failed one is logged and tried again. */
export class Rounds {
  readonly #logger: Logger;
  readonly #rounds: readonly Round[];
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(logger: Logger, rounds: readonly Round[]) {
    this.#logger = logger;
    this.#rounds = rounds;
  }

  start(): void {
    for (const round of this.#rounds) this.#schedule(round);
  }

  /** Resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #schedule(round: Round): void {
    if (this.#isStopped) return;
    this.#timers.set(
      round.name,
      setTimeout(() => {
        const running = this.#do(round).finally(() => this.#running.delete(running));
        this.#running.add(running);
      }, round.everyMs),
    );
  }

  async #do(round: Round): Promise<void> {
    try {
      await round.round();
    } catch (error) {
      this.#logger.warn({ err: error, round: round.name }, 'a round failed');
    }
    this.#schedule(round);
  }
}

import type { Logger } from 'pino';

export interface PeriodicTask {
  name: string;
  /** Milliseconds between the end of one run and the start of the next. */
  everyMs: number;
  run: () => Promise<unknown>;
}

/** Tasks that are repeated, each one run at a time. A run that fails is logged, and the next comes at its time. */
export class PeriodicTasks {
  readonly #logger: Logger;
  readonly #tasks: readonly PeriodicTask[];
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(logger: Logger, tasks: readonly PeriodicTask[]) {
    this.#logger = logger;
    this.#tasks = tasks;
  }

  start(): void {
    for (const task of this.#tasks) this.#schedule(task);
  }

  /** Starts no further run; resolves when those that are running have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #schedule(task: PeriodicTask): void {
    if (this.#isClosed) return;
    this.#timers.set(
      task.name,
      setTimeout(() => {
        const running = this.#run(task).finally(() => this.#running.delete(running));
        this.#running.add(running);
      }, task.everyMs),
    );
  }

  async #run(task: PeriodicTask): Promise<void> {
    try {
      await task.run();
    } catch (error) {
      this.#logger.warn({ err: error, task: task.name }, 'periodic task failed');
    }
    this.#schedule(task);
  }
}

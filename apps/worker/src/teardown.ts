import type { Logger } from 'pino';

/** What has been started, to be ended in the opposite order. */
export class Teardown {
  readonly #logger: Logger;
  readonly #steps: Array<() => Promise<unknown>> = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Says how what was started last is ended. */
  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Takes each step whatever became of those before. */
  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      await step().catch((error) => this.#logger.warn({ err: error }, 'a step of the end failed'));
    }
  }
}

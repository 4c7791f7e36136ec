import type { Logger } from 'pino';

/** Closes what was started, in the opposite order. */
export class Teardown {
  readonly #logger: Logger;
  readonly #steps: Array<[what: string, close: () => Promise<unknown>]> = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds how what was started last is closed; `what` names it in the log. */
  add(what: string, close: () => Promise<unknown>): void {
    this.#steps.push([what, close]);
  }

  /** Takes every step, whether or not those before it failed. */
  async run(): Promise<void> {
    for (const [what, close] of this.#steps.splice(0).reverse()) {
      await close().catch((error) => this.#logger.warn({ err: error, what }, 'closing failed'));
    }
  }
}

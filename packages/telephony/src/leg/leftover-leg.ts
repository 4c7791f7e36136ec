import type { Logger } from 'pino';
import type { LegReport } from '../api.js';

/** Ends, in the background, what may still be up of a leg whose end was not confirmed by its servers. */
export class LeftoverLeg {
  readonly #logger: Logger;
  readonly #ending = new Set<Promise<boolean>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether nothing is left up, as far as is known. */
  get isGone(): boolean {
    return this.#ending.size === 0;
  }

  /** Resolves with true once nothing is left up; with false when the telephony was closed first. */
  async untilGone(): Promise<boolean> {
    return (await Promise.all(this.#ending)).every(Boolean);
  }

  /** Waits in the background for the report of something's end; `onGone` is called unless it was stopped. */
  end(what: string, report: Promise<LegReport>, onGone: () => void = () => undefined): void {
    const ending = report.then((how) => {
      this.#logger.info({ what, report: how }, 'leftover of a call ended');
      if (how === 'stopped') return false;
      this.#ending.delete(ending);
      onGone();
      return true;
    });
    this.#ending.add(ending);
  }
}

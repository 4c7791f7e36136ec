import type { Logger } from 'pino';
import type { LegReport } from './api.js';

/** What may be up of a leg that ended without anybody's knowing that nothing is left of it. */
export class Remains {
  readonly #release: () => Promise<LegReport>;
  readonly #logger: Logger;
  #releasing: Promise<boolean> | null = null;

  constructor(release: () => Promise<LegReport>, logger: Logger) {
    this.#release = release;
    this.#logger = logger;
  }

  /** Whether there are none, as far as is known. */
  get areGone(): boolean {
    return this.#releasing === null;
  }

  /** Resolves with whether there are none any more; false: that was not to be known in time. */
  async untilGone(): Promise<boolean> {
    return (await this.#releasing) ?? true;
  }

  /** Has them released in the background; `onGone` is called when there are none any more. */
  release(onGone: () => void): void {
    this.#releasing = this.#release().then((report) => {
      this.#logger.info({ report }, 'what was left of a call');
      if (report === 'stopped') return false;
      this.#releasing = null;
      onGone();
      return true;
    });
  }
}

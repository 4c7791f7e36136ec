import { setTimeout as delay } from 'node:timers/promises';
import type { PlanStep } from '@outdial/contract';
import type { Leg } from '@outdial/telephony';
import type { Logger } from 'pino';

/** Runs the steps of a plan on an answered leg, one after the other. */
export class PlanRunner {
  readonly #abort = new AbortController();
  readonly #leg: Pick<Leg, 'play'>;
  readonly #logger: Logger;

  constructor(leg: Pick<Leg, 'play'>, logger: Logger) {
    this.#leg = leg;
    this.#logger = logger;
  }

  /** Resolves with true after the last step, with false when `stop` came first. */
  async run(steps: readonly PlanStep[]): Promise<boolean> {
    for (const step of steps) {
      if (this.#abort.signal.aborted) return false;
      if (step.step === 'hangUp') break;
      if (step.step === 'play') await this.#play(step.source);
      else await this.#hold(step.milliseconds);
    }
    return !this.#abort.signal.aborted;
  }

  stop(): void {
    this.#abort.abort();
  }

  async #play(source: string): Promise<void> {
    const played = await this.#leg.play(source);
    if (played === 'failed')
      this.#logger.warn({ source }, 'the source could not be played; the plan goes on');
  }

  async #hold(milliseconds: number | null): Promise<void> {
    const { signal } = this.#abort;
    if (milliseconds !== null) {
      await delay(milliseconds, undefined, { signal }).catch(() => undefined);
    } else if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { PlanStep, WaitOutcome, WaitParameters } from '@outdial/contract';
import type { Leg } from '@outdial/telephony';
import type { Logger } from 'pino';

/** Runs the steps of a plan on an answered leg, one after the other. */
export class PlanRunner {
  readonly #abort = new AbortController();
  readonly #leg: Pick<Leg, 'play'>;
  readonly #wait: (parameters: WaitParameters) => Promise<WaitOutcome | null>;
  readonly #logger: Logger;

  /** `wait`: for the moment to speak to an answering machine; it resolves with null when the call ended first. */
  constructor(
    leg: Pick<Leg, 'play'>,
    wait: (parameters: WaitParameters) => Promise<WaitOutcome | null>,
    logger: Logger,
  ) {
    this.#leg = leg;
    this.#wait = wait;
    this.#logger = logger;
  }

  /** Resolves with true after the last step, with false when `stop` came first. */
  async run(steps: readonly PlanStep[]): Promise<boolean> {
    for (const step of steps) {
      if (this.#abort.signal.aborted) return false;
      if (!(await this.#take(step))) break;
    }
    return !this.#abort.signal.aborted;
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Whether the plan goes on after it. */
  async #take(step: PlanStep): Promise<boolean> {
    switch (step.step) {
      case 'hangUp':
        return false;
      case 'hold':
        await this.#hold(step.milliseconds);
        return true;
      case 'play':
        await this.#play(step.source);
        return true;
      case 'waitForAnswerMachine': {
        const { step: _, onTimeout, ...parameters } = step;
        const outcome = await this.#wait(parameters);
        return outcome?.isReady === true || onTimeout === 'continue';
      }
    }
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

import type { WaitEvent } from '@outdial/call-machine';
import type { WaitOutcome, WaitParameters } from '@outdial/contract';
import type { CalleeMonitor } from './callee-monitor.js';

/**
 * The waits of one call for the moment to speak to an answering machine: those of its plan, and those that the
 * campaign asks for, by the ids that the campaign gives them.
 */
export class AnswerMachineWaits {
  readonly #monitor: Pick<CalleeMonitor, 'waitForAnswerMachine'>;
  readonly #report: (event: WaitEvent) => void;
  /** Of the campaign's waits; null while one runs. */
  readonly #outcomes = new Map<string, WaitOutcome | null>();

  constructor(monitor: Pick<CalleeMonitor, 'waitForAnswerMachine'>, report: (event: WaitEvent) => void) {
    this.#monitor = monitor;
    this.#report = report;
  }

  /** Waits as a step of the plan. Resolves with null when the call ended, or the signal aborted, first. */
  async run(parameters: WaitParameters, signal: AbortSignal): Promise<WaitOutcome | null> {
    const aborted = new Promise<null>((resolve) => {
      signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    const outcome = await Promise.race([this.#monitor.waitForAnswerMachine(parameters), aborted]);
    if (outcome !== null) this.#report({ type: 'waitEnded', waitId: null, outcome });
    return outcome;
  }

  /**
   * Waits for the campaign, which repeats its request until it learns of the end, since either message may be lost: a
   * running wait is not started again, and the end of one that has ended is reported again.
   */
  request(waitId: string, parameters: WaitParameters): void {
    const outcome = this.#outcomes.get(waitId);
    if (outcome === undefined) void this.#start(waitId, parameters);
    else if (outcome !== null) this.#report({ type: 'waitEnded', waitId, outcome });
  }

  async #start(waitId: string, parameters: WaitParameters): Promise<void> {
    this.#outcomes.set(waitId, null);
    const outcome = await this.#monitor.waitForAnswerMachine(parameters);
    if (outcome === null) return;
    this.#outcomes.set(waitId, outcome);
    this.#report({ type: 'waitEnded', waitId, outcome });
  }
}

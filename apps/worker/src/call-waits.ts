import type { WaitEvent } from '@outdial/call-machine';
import type { WaitOutcome, WaitParameters } from '@outdial/contract';
import type { Listener } from './listener.js';

/**
 * The waits of one call for the moment to speak to an answering machine: those of its plan, and those that the
 * campaign asks for, by the ids that it gives them.
 */
export class CallWaits {
  readonly #listener: Pick<Listener, 'waitForAnswerMachine'>;
  readonly #tell: (event: WaitEvent) => void;
  /** Of the campaign's waits; null while it runs. */
  readonly #outcomes = new Map<string, WaitOutcome | null>();

  constructor(listener: Pick<Listener, 'waitForAnswerMachine'>, tell: (event: WaitEvent) => void) {
    this.#listener = listener;
    this.#tell = tell;
  }

  /** Waits as a step of the plan; null: the call ended first. */
  async run(parameters: WaitParameters): Promise<WaitOutcome | null> {
    const outcome = await this.#listener.waitForAnswerMachine(parameters);
    if (outcome !== null) this.#tell({ type: 'waitEnded', waitId: null, outcome });
    return outcome;
  }

  /**
   * The campaign asks again until it hears of the end, since either message may be lost: a wait that runs is not
   * begun again, and one that has ended is told of again.
   */
  request(waitId: string, parameters: WaitParameters): void {
    const outcome = this.#outcomes.get(waitId);
    if (outcome === undefined) void this.#start(waitId, parameters);
    else if (outcome !== null) this.#tell({ type: 'waitEnded', waitId, outcome });
  }

  async #start(waitId: string, parameters: WaitParameters): Promise<void> {
    this.#outcomes.set(waitId, null);
    const outcome = await this.#listener.waitForAnswerMachine(parameters);
    if (outcome === null) return;
    this.#outcomes.set(waitId, outcome);
    this.#tell({ type: 'waitEnded', waitId, outcome });
  }
}

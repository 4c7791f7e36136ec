import type { PlanEvent } from '@outdial/call-machine';
import type { PlanStep } from '@outdial/contract';
import type { StepEnd } from './step.js';
import { type StepServices, takeStep } from './take-step.js';

export interface PlanRunnerOptions extends StepServices {
  /** Takes what happens to the steps. Nothing is reported once they were stopped. */
  report: (event: PlanEvent) => void;
}

/** Runs steps on an answered leg, one after the other. */
export class PlanRunner {
  readonly #options: PlanRunnerOptions;
  readonly #abort = new AbortController();
  /** Ends the step that runs. */
  #end = new AbortController();

  constructor(options: PlanRunnerOptions) {
    this.#options = options;
  }

  /** Resolves when the last step has ended, or they were stopped and the step that ran has ended. Never rejects. */
  async run(steps: readonly PlanStep[]): Promise<void> {
    let rest = steps;
    let hangsUp = false;
    while (!this.#isStopped && !hangsUp) {
      const [step, ...others] = rest;
      if (step === undefined) break;
      // A gather takes the keys that were pressed during the step before it too; nothing takes older ones.
      if (step.step !== 'gather') this.#options.keys.forget();
      this.#report({ type: 'stepStarted', step: step.step, rest: others });
      const { outcome, error, data = null, goesOn = true, branch = [] } = await this.#take(step);
      rest = [...branch, ...others];
      hangsUp = !goesOn;
      this.#report({ type: 'stepEnded', outcome, error, data, rest });
    }
    this.#report({ type: 'planEnded', hangsUp });
  }

  /** Stops the step that runs, and starts no other. */
  stop(): void {
    this.#abort.abort();
  }

  /** Ends the step that runs; the next one follows. */
  endStep(): void {
    // A bridge that is up goes on to its branch for that.
    if (!this.#options.activeBridge.end()) this.#end.abort();
  }

  get #isStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  #report(event: PlanEvent): void {
    if (!this.#isStopped) this.#options.report(event);
  }

  async #take(asked: PlanStep): Promise<StepEnd> {
    this.#end = new AbortController();
    const ended = this.#end.signal;
    const signal = AbortSignal.any([this.#abort.signal, ended]);
    const end = await takeStep(asked, this.#options, signal);
    if (!ended.aborted) return end;
    return { outcome: 'interrupted', error: null, data: { ...end.data, interruptedBy: 'command' } };
  }
}

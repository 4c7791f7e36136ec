import type { PlanEvent } from '@outdial/call-machine';
import { type CallValues, fillStep, OutdialError, type PlanStep, valuesOf } from '@outdial/contract';
import type { Logger } from 'pino';
import { STEP_FUNCTIONS } from './registry.js';
import type { StepContext, StepEnd, StepFunction } from './step.js';

export interface PlanRunnerOptions extends Omit<StepContext, 'signal' | 'asked'> {
  /** What the values that steps name are taken from. */
  values: () => CallValues;
  logger: Logger;
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
    const step = this.#fill(asked);
    if ('outcome' in step) return step;
    try {
      // Each name has the function of its own steps, which the compiler cannot see.
      const run = STEP_FUNCTIONS[step.step] as StepFunction<PlanStep['step']>;
      const signal = AbortSignal.any([this.#abort.signal, ended]);
      const end = await run(step, { ...this.#options, asked, signal });
      if (!ended.aborted) return end;
      return { outcome: 'interrupted', error: null, data: { ...end.data, interruptedBy: 'command' } };
    } catch (error) {
      if (error instanceof OutdialError && error.code !== 'INTERNAL') return failureOf(asked, error);
      // A defect of ours: the call is hung up.
      this.#options.logger.error({ err: error, step: step.step }, 'step of the plan threw');
      const message = error instanceof Error ? error.message : String(error);
      return { outcome: 'failed', error: { code: 'INTERNAL', message }, goesOn: false };
    }
  }

  /** The step with the values that it names; or how it ends, where there is none that may stand there. */
  #fill(asked: PlanStep): PlanStep | StepEnd {
    try {
      return fillStep(asked, valuesOf(this.#options.values()));
    } catch (error) {
      if (!(error instanceof OutdialError)) throw error;
      return failureOf(asked, error);
    }
  }
}

/** How a step ends that could not even begin. */
function failureOf(step: PlanStep, { code, message }: OutdialError): StepEnd {
  return { outcome: 'failed', error: { code, message }, branch: branchOfFailure(step) };
}

/** What a step leads to when it fails. */
function branchOfFailure(step: PlanStep): readonly PlanStep[] | undefined {
  switch (step.step) {
    case 'bridge':
      return step.branches.failed ?? step.branches.unanswered;
    case 'transfer':
      return step.onFailed;
    case 'stream':
      return step.onFailed ?? step.onClosed;
    default:
      return [];
  }
}

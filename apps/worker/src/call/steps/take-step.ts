import { type CallValues, fillStep, OutdialError, type PlanStep, valuesOf } from '@outdial/contract';
import type { Logger } from 'pino';
import { STEP_FUNCTIONS } from './registry.js';
import type { StepContext, StepEnd, StepFunction } from './step.js';

/** What all steps of a call act on. */
export interface StepServices extends Omit<StepContext, 'signal' | 'asked'> {
  /** What the values that steps name are taken from. */
  values: () => CallValues;
  logger: Logger;
}

/** Takes a step, with the values that it names, until it ends or the signal aborts. Resolves with how it ended; never rejects. */
export async function takeStep(
  asked: PlanStep,
  { values, logger, ...services }: StepServices,
  signal: AbortSignal,
): Promise<StepEnd> {
  try {
    const step = fillStep(asked, valuesOf(values()));
    // Each name has the function of its own steps, which the compiler cannot see.
    const run = STEP_FUNCTIONS[step.step] as StepFunction<PlanStep['step']>;
    return await run(step, { ...services, asked, signal });
  } catch (error) {
    if (error instanceof OutdialError && error.code !== 'INTERNAL') return failureOf(asked, error);
    // A defect of ours: the call is hung up.
    logger.error({ err: error, step: asked.step }, 'step of the plan threw');
    const message = error instanceof Error ? error.message : String(error);
    return { outcome: 'failed', error: { code: 'INTERNAL', message }, goesOn: false };
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

import type { Plans } from './check-values.js';
import { STEP_FIELDS } from './plan.js';
import { branchesOf, type PlanStep } from './plan-step.js';
import { targetsOf } from './steps/bridge.js';

/** A step that dials a telephone number without a caller id. */
export interface TargetIssue {
  /** From the job on. */
  path: PropertyKey[];
  message: string;
}

/** The steps of a job that dial telephone numbers, where neither they nor the job has a caller id. */
export function checkTargets(
  { onAnswered, onOrphaned = [] }: Plans,
  callFrom: string | undefined,
): TargetIssue[] {
  if (callFrom !== undefined) return [];
  return [
    ...STEP_FIELDS.flatMap((field) => checkSteps(onAnswered[field] ?? [], ['onAnswered', field])),
    ...checkSteps(onOrphaned, ['onOrphaned']),
  ];
}

function checkSteps(steps: readonly PlanStep[], path: readonly PropertyKey[]): TargetIssue[] {
  return steps.flatMap((step, index) => {
    const here = [...path, index];
    const isWithout = dialledBy(step).some((target) => target.startsWith('tel:'));
    return [
      ...(isWithout
        ? [
            {
              path: [...here, 'callFrom'],
              message: 'a telephone number needs a callFrom, of the step or the job',
            },
          ]
        : []),
      ...branchesOf(step).flatMap((branch) => checkSteps(branch.steps, [...here, ...branch.path])),
    ];
  });
}

/** Whom a step dials without a caller id of its own. */
function dialledBy(step: PlanStep): readonly string[] {
  if (step.step === 'bridge') return step.callFrom === undefined ? targetsOf(step) : [];
  return step.step === 'transfer' && step.attended && step.callFrom === undefined ? [step.to] : [];
}

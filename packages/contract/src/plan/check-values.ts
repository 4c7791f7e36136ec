import { OutdialError } from '../errors/outdial-error.js';
import { FAR_END_TYPES } from '../result/far-end-type.js';
import { allSteps, type Plan } from './plan.js';
import { branchesOf, type PlanStep, sourcesOf, withBranches } from './plan-step.js';
import { fillStep, mapTexts } from './step-texts.js';
import { fillText, type ValuedJob, type ValueLookup, valuesOf } from './values.js';

/** A text of a plan whose values cannot come to be. */
export interface ValueIssue {
  /** From the job on. */
  path: PropertyKey[];
  message: string;
  value: string;
}

/** Names of the digits that the gathers before a step may have filled in. */
type Filled = ReadonlySet<string>;

/** What stands for a value that only the call will tell, while a plan is checked. */
const LATER = '0';

/** The plans of a job. */
export interface Plans {
  onAnswered: Plan;
  onOrphaned?: readonly PlanStep[] | undefined;
}

/** The texts of a job's plans that name what is no value, what the job does not have, or digits that no earlier gather asks for. */
export function checkValues({ onAnswered, onOrphaned = [] }: Plans, job: ValuedJob): ValueIssue[] {
  const issues: ValueIssue[] = [];
  const check = (steps: readonly PlanStep[] = [], path: PropertyKey[], before: Filled = new Set()) =>
    checkSteps(steps, path, before, job, issues);
  const atOnce = check(onAnswered.immediately, ['onAnswered', 'immediately']);
  const filled = [...FAR_END_TYPES, 'otherwise' as const].flatMap((field) => [
    ...check(onAnswered[field], ['onAnswered', field], atOnce),
  ]);
  // They may come after any of the others.
  check(onOrphaned, ['onOrphaned'], new Set(filled));
  return issues;
}

/** Every step of a job, with those of branches. */
export function stepsOf({ onAnswered, onOrphaned = [] }: Plans): PlanStep[] {
  return [...allSteps(onAnswered), ...withBranches(onOrphaned)];
}

/** What a job's plans may play, for those who look whether that can be played; `0` stands for what only the call will tell. */
export function playableSources(plans: Plans, job: ValuedJob): string[] {
  const lookup = lookupBefore(job, null);
  return stepsOf(plans).flatMap((step) => sourcesOf(fillStep(step, lookup)));
}

/** Returns the names that may be filled in after the steps. */
function checkSteps(
  steps: readonly PlanStep[],
  path: readonly PropertyKey[],
  before: Filled,
  job: ValuedJob,
  issues: ValueIssue[],
): Filled {
  let filled = before;
  for (const [index, step] of steps.entries()) {
    const here = [...path, index];
    const lookup = lookupBefore(job, filled);
    mapTexts(step, (text, place, at) => {
      const message = problemOf(() => fillText(text, place, lookup));
      if (message !== null) issues.push({ path: [...here, ...at], message, value: text });
      return text;
    });
    const asked =
      step.step === 'gather' && step.into !== undefined ? new Set([...filled, step.into]) : filled;
    const after = branchesOf(step).map(({ path: at, steps: branch, isEntry }) =>
      checkSteps(branch, [...here, ...at], isEntry ? asked : filled, job, issues),
    );
    filled = new Set([...asked, ...after.flatMap((names) => [...names])]);
  }
  return filled;
}

/** The values that are known before the call. `filled`: the digits that there may be; null: any. */
function lookupBefore(job: ValuedJob, filled: Filled | null): ValueLookup {
  const known = valuesOf({ job, farEndType: 'UNKNOWN', digits: {} });
  return (name) => {
    const digits = /^digits\.([^.]+)$/.exec(name)?.[1];
    if (digits === undefined) return known(name);
    if (filled === null || filled.has(digits)) return LATER;
    throw new OutdialError('VALUE_MISSING', `no gather before it asks for ${name}`);
  };
}

function problemOf(fill: () => unknown): string | null {
  try {
    fill();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

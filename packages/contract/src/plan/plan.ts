import { z } from 'zod';
import type { PhoneNumberOptions } from '../address/phone-number.js';
import { FAR_END_TYPES, type FarEndType } from '../result/far-end-type.js';
import { type PlanStep, planStepsSchemaFor, withBranches } from './plan-step.js';

const NO_STEPS: readonly PlanStep[] = [];

/**
 * When steps that run are replaced by the steps of a revised verdict, which start from the first. In every case only if
 * the plan has other steps for the new far-end type.
 */
export const ON_REVISED = [
  /** When a callee that was taken for a person, or was UNKNOWN, turns out to be an answering machine. */
  'answerMachine',
  /** Whenever the far-end type changes. */
  'always',
  'never',
] as const;
export type OnRevised = (typeof ON_REVISED)[number];

/** When the steps of `immediately` that still run are stopped by the verdict; else its steps follow them. */
export const ON_VERDICT = [
  /** When a machine has answered: an answering machine or a fax. A person is not cut off. */
  'machine',
  /** Whoever has answered. */
  'always',
  'never',
] as const;
export type OnVerdict = (typeof ON_VERDICT)[number];

/**
 * zod: what to do with an answered call, once it is classified (or at once, without live speaker detection): the
 * steps of its far-end type, else `otherwise`. After the last step the call is hung up. Its numbers are read with a default country.
 */
export function planSchemaFor(options: PhoneNumberOptions) {
  const steps = planStepsSchemaFor(options);
  return z.strictObject({
    ...(Object.fromEntries(FAR_END_TYPES.map((type) => [type, steps.optional()])) as Record<
      FarEndType,
      z.ZodOptional<typeof steps>
    >),
    otherwise: steps.optional(),
    /** Steps that are taken from the answer on, while the detector listens; the verdict's steps come after them. */
    immediately: steps.optional(),
    /** Whether the verdict stops the steps of `immediately` that still run (default `machine`). */
    onVerdict: z.enum(ON_VERDICT).default('machine'),
    /** What happens when the verdict is revised while steps run (default `answerMachine`). */
    onRevised: z.enum(ON_REVISED).default('answerMachine'),
  });
}

/** zod: a plan. */
export const planSchema = planSchemaFor({});
export type Plan = z.infer<typeof planSchema>;

/**
 * The steps that `plan` has for a far-end type. An UNKNOWN callee is treated as a person: without steps for
 * UNKNOWN, and without `otherwise`, it gets the steps of LIVE.
 */
export function stepsFor(plan: Plan, farEndType: FarEndType): readonly PlanStep[] {
  const steps = plan[farEndType] ?? plan.otherwise;
  return steps ?? (farEndType === 'UNKNOWN' ? plan.LIVE : undefined) ?? NO_STEPS;
}

/** The fields of a plan that hold steps. */
export const STEP_FIELDS = ['immediately', ...FAR_END_TYPES, 'otherwise'] as const;

/** The steps of every field, with those of their branches. */
export function allSteps(plan: Plan): PlanStep[] {
  return STEP_FIELDS.flatMap((field) => withBranches(plan[field] ?? []));
}

/** Whether a verdict stops the steps of `immediately` that still run. */
export function isStoppedByVerdict({ onVerdict }: Plan, farEndType: FarEndType): boolean {
  if (onVerdict === 'machine') return farEndType === 'ANSWER_MACHINE' || farEndType === 'FAX_MACHINE';
  return onVerdict === 'always';
}

/** Whether a verdict that is revised from one far-end type to another replaces the steps that run. */
export function isReplacedOnRevision(plan: Plan, from: FarEndType, to: FarEndType): boolean {
  if (plan.onRevised === 'never' || stepsFor(plan, from) === stepsFor(plan, to)) return false;
  const wasPerson = from === 'LIVE' || from === 'UNKNOWN';
  return plan.onRevised === 'always' || (wasPerson && to === 'ANSWER_MACHINE');
}

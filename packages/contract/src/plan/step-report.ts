import { z } from 'zod';
import { callErrorSchema } from '../result/outcome-fields.js';
import { STEP_NAMES } from './plan-step.js';

/** How a step of a plan ended. */
export const STEP_OUTCOMES = [
  /** It did what it is for. */
  'finished',
  /**
   * The callee interrupted it by a key or by speaking, the app ended it, the call ended, or other steps took its place, while it
   * ran.
   */
  'interrupted',
  /** It could not be carried out; `error` says why. */
  'failed',
  /** Its time limit was reached. */
  'timeout',
] as const;
export type StepOutcome = (typeof STEP_OUTCOMES)[number];

const at = z.number().int().nonnegative();

/** The fields that name a step of a call. */
export const stepFields = {
  /** Counts the steps that the call has started, from 0. */
  index: z.number().int().nonnegative(),
  step: z.enum(STEP_NAMES),
};

/** The fields that tell how a step ended. */
export const stepEndFields = {
  outcome: z.enum(STEP_OUTCOMES),
  /** What went wrong, when the outcome is `failed` or `timeout`; else null. */
  error: callErrorSchema.nullable(),
  /** What the step found out, such as the digits of a `gather`; null: nothing. Those of earlier versions lack it. */
  data: z.record(z.string(), z.json()).nullable().default(null),
};

/** zod: a step that a call has taken. */
export const stepReportSchema = z.object({
  ...stepFields,
  /** Epoch milliseconds. */
  startedAt: at,
  /** Epoch milliseconds. */
  endedAt: at,
  ...stepEndFields,
});
export type StepReport = z.infer<typeof stepReportSchema>;
/** What a step found out. */
export type StepData = NonNullable<StepReport['data']>;

/** What the callee entered, by the `into` of each gather that took a valid entry. */
export function digitsOf(steps: readonly StepReport[]): Record<string, string> {
  const digits: Record<string, string> = {};
  for (const { step, data } of steps) {
    if (step === 'gather' && typeof data?.into === 'string') digits[data.into] = String(data.digits);
  }
  return digits;
}

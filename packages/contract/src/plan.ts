import { z } from 'zod';
import { waitParametersShape } from './answer-machine-wait.js';
import { FAR_END_TYPES, type FarEndType } from './words.js';

/** One step of what to do with an answered call. */
export const planStepSchema = z.discriminatedUnion('step', [
  /** Keep the call up: for `milliseconds`, or until someone hangs up when null. */
  z.strictObject({
    step: z.literal('hold'),
    milliseconds: z.number().int().positive().max(86_400_000).nullable(),
  }),
  /** Play a file or stream that FreeSWITCH can read (`/prompts/hello.wav`, `tone_stream://...`). */
  z.strictObject({
    step: z.literal('play'),
    source: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^\s'"\\;|&`$<>]+$/, 'a source holds no white space, quotes or shell characters'),
  }),
  /**
   * Wait for the moment to leave a message: a beep and then silence, or a longer silence. When it does not come
   * in time, or the callee cannot be heard, the call is hung up; or, with `continue`, the plan goes on.
   */
  z.strictObject({
    step: z.literal('waitForAnswerMachine'),
    ...waitParametersShape,
    onTimeout: z.enum(['hangUp', 'continue']).default('hangUp'),
  }),
  z.strictObject({ step: z.literal('hangUp') }),
]);
export type PlanStep = z.infer<typeof planStepSchema>;

const stepsSchema = z.array(planStepSchema).max(32);

/**
 * What to do with an answered call, once it is classified (or at once, without live speaker detection): the
 * steps of its far-end type, else `otherwise`. The call is hung up after the last step.
 */
export const planSchema = z.strictObject({
  ...(Object.fromEntries(FAR_END_TYPES.map((type) => [type, stepsSchema.optional()])) as Record<
    FarEndType,
    z.ZodOptional<typeof stepsSchema>
  >),
  otherwise: stepsSchema.optional(),
});
export type Plan = z.infer<typeof planSchema>;

/**
 * The steps that `plan` names for what answered. Who could not be told from a person is treated as one: without
 * a word about UNKNOWN, and without `otherwise`, LIVE's steps are taken.
 */
export function stepsFor(plan: Plan, farEndType: FarEndType): readonly PlanStep[] {
  const steps = plan[farEndType] ?? plan.otherwise;
  return steps ?? (farEndType === 'UNKNOWN' ? plan.LIVE : undefined) ?? [];
}

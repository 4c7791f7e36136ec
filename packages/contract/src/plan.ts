import { z } from 'zod';
import { FAR_END_TYPES } from './words.js';

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
    (typeof FAR_END_TYPES)[number],
    z.ZodOptional<typeof stepsSchema>
  >),
  otherwise: stepsSchema.default([]),
});
export type Plan = z.infer<typeof planSchema>;

/** The steps that `plan` names for what answered. */
export function stepsFor(plan: Plan, farEndType: (typeof FAR_END_TYPES)[number]): readonly PlanStep[] {
  return plan[farEndType] ?? plan.otherwise;
}

import { z } from 'zod';

/** Keeps the call up. */
export const holdStepSchema = z.strictObject({
  step: z.literal('hold'),
  /** At most a day; null: until somebody hangs up. */
  milliseconds: z.number().int().positive().max(86_400_000).nullable(),
});

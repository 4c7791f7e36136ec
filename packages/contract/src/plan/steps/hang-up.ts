import { z } from 'zod';

/** Ends the plan, and the call with it. */
export const hangUpStepSchema = z.strictObject({ step: z.literal('hangUp') });

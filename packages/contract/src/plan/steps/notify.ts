import { z } from 'zod';

/** Publishes an event with data of the job's own, for those who follow its events. */
export const notifyStepSchema = z.strictObject({
  step: z.literal('notify'),
  name: z.string().min(1).max(64),
  data: z.record(z.string(), z.json()).default({}),
});

import { z } from 'zod';

const at = z.number().int().nonnegative();

/** zod: when things happened, in epoch milliseconds; absent: they did not happen. */
export const callTimingsSchema = z.object({
  enqueuedAt: at.optional(),
  /** The INVITE left. */
  callingAt: at.optional(),
  ringingAt: at.optional(),
  answeredAt: at.optional(),
  /** The verdict was given. */
  verdictAt: at.optional(),
  /** The call was back at IDLE (or ERROR). */
  endedAt: at.optional(),
});
export type CallTimings = z.infer<typeof callTimingsSchema>;

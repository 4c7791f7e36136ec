import { z } from 'zod';

/** zod: the raw cause, as the network stated it. */
export const rawCauseSchema = z.object({
  /** Final SIP status of the INVITE; null when none came. */
  sipStatus: z.number().int().min(100).max(699).nullable(),
  /** Its reason phrase. */
  sipReason: z.string().nullable(),
  /** The Q.850 value of a Reason header (RFC 3326), or null. */
  q850: z.number().int().min(0).max(127).nullable(),
  /** Seconds of a Retry-After header, when the network sent one. */
  retryAfterSeconds: z.number().int().nonnegative().optional(),
  /** 607 `unwanted`, 608 `blocked` (RFC 8197, RFC 8688): do not call this number again. */
  suppression: z.enum(['unwanted', 'blocked']).optional(),
  /** The Call-Info of a 608, by which the block can be disputed. */
  callInfo: z.string().optional(),
});
export type RawCause = z.infer<typeof rawCauseSchema>;

import { z } from 'zod';

/** zod: what is kept of a call, to be looked at. */
export const captureTermsSchema = z.strictObject({
  /** The SIP messages of the call (default: no). */
  sip: z.boolean().default(false),
  /** The loudness of what was heard of the callee's side, early media included, over the first so many seconds; null (default): none. */
  heardSeconds: z.number().positive().max(60).nullable().default(null),
});
export type CaptureTerms = z.infer<typeof captureTermsSchema>;

/** Nothing is kept. */
export const NO_CAPTURE: CaptureTerms = { sip: false, heardSeconds: null };

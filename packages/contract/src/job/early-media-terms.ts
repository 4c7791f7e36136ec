import { z } from 'zod';
import { NETWORK_TONES } from '../result/early-media.js';

/** What may end a call before the answer: it says that nobody will answer, and an answer would be billed. */
export const EARLY_HANG_UPS = [...NETWORK_TONES.filter((kind) => kind !== 'ringback'), 'mailbox'] as const;
export type EarlyHangUp = (typeof EARLY_HANG_UPS)[number];

/** zod: what a job asks of early media. */
export const earlyMediaTermsSchema = z.strictObject({
  /**
   * What ends the call before the answer (default: nothing): special information tones (`sit`), `busy` or `congestion` tone, or a
   * `mailbox` that greets and beeps.
   */
  hangUpOn: z.array(z.enum(EARLY_HANG_UPS)).default([]),
});
export type EarlyMediaTerms = z.infer<typeof earlyMediaTermsSchema>;

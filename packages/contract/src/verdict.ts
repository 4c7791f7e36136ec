import { z } from 'zod';
import { FAR_END_TYPES } from './words.js';

/** What, more finely than the far-end type, seems to have answered. */
export const VERDICT_KINDS = [
  'human',
  'business_greeting',
  'voicemail',
  'carrier_announcement',
  'call_screening',
  'ivr',
  'fax_calling',
  'fax_called',
  'silence',
  'noise',
  'ringback_only',
  'busy_tone',
  'hung_up',
  'undecided',
] as const;
export type VerdictKind = (typeof VERDICT_KINDS)[number];

/** What live speaker detection found. */
export const verdictSchema = z.object({
  farEndType: z.enum(FAR_END_TYPES),
  kind: z.enum(VERDICT_KINDS),
  /** 0 (a guess) to 1 (certain). */
  confidence: z.number().min(0).max(1),
  /** Milliseconds of audio heard, from the answer, when the verdict was given. */
  decidedAfterMs: z.number().int().nonnegative(),
  /** Why, in words that a campaign manager understands. */
  evidence: z.string(),
});
export type Verdict = z.infer<typeof verdictSchema>;

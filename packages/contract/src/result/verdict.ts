import { z } from 'zod';
import { FAR_END_TYPES } from './far-end-type.js';

/** What seems to have answered, in finer words than the far-end type. */
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

/** zod: what live speaker detection found. */
export const verdictSchema = z.object({
  farEndType: z.enum(FAR_END_TYPES),
  kind: z.enum(VERDICT_KINDS),
  /** 0 (a guess) to 1 (certain). */
  confidence: z.number().min(0).max(1),
  /** Milliseconds of audio, from the answer, that the verdict is based on. */
  decidedAfterMs: z.number().int().nonnegative(),
  /** The reasons, in words for a campaign manager. */
  evidence: z.string(),
});
export type Verdict = z.infer<typeof verdictSchema>;

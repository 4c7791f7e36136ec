import { z } from 'zod';
import { CALL_STATES } from './call-state.js';
import { callTimingsSchema } from './call-timings.js';
import { CAUSES } from './causes.js';
import { earlyMediaSchema } from './early-media.js';
import { FAR_END_TYPES } from './far-end-type.js';
import { callErrorSchema, outcomeFields } from './outcome-fields.js';
import { rawCauseSchema } from './raw-cause.js';
import { verdictSchema } from './verdict.js';

const milliseconds = z.number().int().nonnegative();

/** zod: the result of a call job, the outcome of `call()`. It is published exactly once. */
export const callResultSchema = z.object({
  ...outcomeFields,
  /** The call's state when `call()` returned: ANSWERED, IDLE (`cause` says why) or ERROR. */
  state: z.enum(CALL_STATES),
  cause: z.enum(CAUSES),
  rawCause: rawCauseSchema,
  rang: z.boolean(),
  /** What was heard of the callee's side before the answer; null: it could not be heard. */
  earlyMedia: earlyMediaSchema.nullable(),
  /** UNKNOWN unless live speaker detection found more. */
  farEndType: z.enum(FAR_END_TYPES),
  /** Null without live speaker detection. */
  verdict: verdictSchema.nullable(),
  /** The codec that the callee chose (`PCMA`); null when it did not answer. */
  codec: z.string().nullable(),
  error: callErrorSchema.nullable(),
  timings: callTimingsSchema,
  /** Milliseconds from the INVITE; null when it did not ring. */
  timeToRingMs: milliseconds.nullable(),
  /** Milliseconds from the INVITE; null when it was not answered. */
  timeToAnswerMs: milliseconds.nullable(),
  /** Milliseconds from the answer; null without a verdict. */
  timeToVerdictMs: milliseconds.nullable(),
});
export type CallResult = z.infer<typeof callResultSchema>;

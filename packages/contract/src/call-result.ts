import { z } from 'zod';
import { verdictSchema } from './verdict.js';
import { CALL_STATES, CAUSES, ENDED_BY, FAR_END_TYPES } from './words.js';

const at = z.number().int().nonnegative();
const durationMs = z.number().int().nonnegative();

/** The raw cause: what the network said. */
export const rawCauseSchema = z.object({
  /** Final SIP status of the INVITE, or null when none came. */
  sipStatus: z.number().int().min(100).max(699).nullable(),
  /** Its reason phrase. */
  sipReason: z.string().nullable(),
  /** The Q.850 value of a Reason header (RFC 3326), or null. */
  q850: z.number().int().min(0).max(127).nullable(),
  /** Seconds of a Retry-After header, when the network sent one. */
  retryAfterSeconds: z.number().int().nonnegative().optional(),
  /** 607 `unwanted`, 608 `blocked` (RFC 8197, RFC 8688): a candidate for suppression. */
  suppression: z.enum(['unwanted', 'blocked']).optional(),
  /** The Call-Info of a 608, to dispute the block. */
  callInfo: z.string().optional(),
});
export type RawCause = z.infer<typeof rawCauseSchema>;

/** When things happened, in epoch milliseconds; absent: it did not happen. */
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

export const callErrorSchema = z.object({ code: z.string(), message: z.string() });

const common = {
  jobId: z.string(),
  /** The attempt: the SIP Call-ID, or null when no INVITE was made. */
  callId: z.string().nullable(),
  callTo: z.string(),
  callFrom: z.string().nullable(),
  lane: z.string(),
  trunk: z.string().nullable(),
  /** The worker that ran (or settled) the call. */
  workerId: z.string(),
  metadata: z.record(z.string(), z.json()),
};

/** The result of a call job: the outcome of `call()`, published exactly once. */
export const callResultSchema = z.object({
  ...common,
  /** The call's state when `call()` returned: ANSWERED, IDLE (cleared, see `cause`) or ERROR. */
  state: z.enum(CALL_STATES),
  cause: z.enum(CAUSES),
  rawCause: rawCauseSchema,
  rang: z.boolean(),
  earlyMedia: z.boolean(),
  /** UNKNOWN unless live speaker detection said more. */
  farEndType: z.enum(FAR_END_TYPES),
  /** Null without live speaker detection. */
  verdict: verdictSchema.nullable(),
  /** The codec chosen by the callee (`PCMA`), or null when it never answered. */
  codec: z.string().nullable(),
  error: callErrorSchema.nullable(),
  timings: callTimingsSchema,
  /** From the INVITE. */
  timeToRingMs: durationMs.nullable(),
  /** From the INVITE. */
  timeToAnswerMs: durationMs.nullable(),
  /** From the answer. */
  timeToVerdictMs: durationMs.nullable(),
});
export type CallResult = z.infer<typeof callResultSchema>;

/** The call detail record that follows the result of an answered call, once it has ended. */
export const endedRecordSchema = z.object({
  ...common,
  cause: z.enum(CAUSES),
  /** The Q.850 value of the far end's BYE, or null. */
  q850: z.number().int().min(0).max(127).nullable(),
  endedBy: z.enum(ENDED_BY),
  farEndType: z.enum(FAR_END_TYPES),
  verdict: verdictSchema.nullable(),
  error: callErrorSchema.nullable(),
  timings: callTimingsSchema,
  /** From answer to end. */
  durationMs,
});
export type EndedRecord = z.infer<typeof endedRecordSchema>;

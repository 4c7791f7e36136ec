import { z } from 'zod';
import { CAUSES } from './causes.js';
import { callErrorSchema } from './outcome-fields.js';
import { rawCauseSchema } from './raw-cause.js';

/** Who or what ended a further leg of a call. */
export const LEG_ENDED_BY = [
  /** The far end: it did not take the call, or hung up. */
  'AGENT',
  /** The step that dialled it: its time was over, another target took the call, or it was told to. */
  'STEP',
  /** The call was over. */
  'CALL',
  /** A server, media thread or worker that carried it was lost, or it could not be dialled at all. */
  'FAILURE',
] as const;
export type LegEndedBy = (typeof LEG_ENDED_BY)[number];

const at = z.number().int().nonnegative();

/** zod: a further leg of a call, such as an agent's. */
export const legReportSchema = z.object({
  /** The SIP Call-ID, or null: no INVITE left. */
  callId: z.string().nullable(),
  callTo: z.string(),
  callFrom: z.string().nullable(),
  trunk: z.string().nullable(),
  /** ANSWERED: it was answered. IDLE: it was not. ERROR: something failed on our side. */
  state: z.enum(['ANSWERED', 'IDLE', 'ERROR']),
  /** Why it was not answered, or how it ended. */
  cause: z.enum(CAUSES),
  rawCause: rawCauseSchema,
  /** Why it is an ERROR; else null. */
  error: callErrorSchema.nullable(),
  endedBy: z.enum(LEG_ENDED_BY),
  /** Epoch milliseconds, as far as it came: `bridgedAt` is when both heard each other. */
  timings: z.object({
    callingAt: at,
    ringingAt: at.optional(),
    answeredAt: at.optional(),
    bridgedAt: at.optional(),
    endedAt: at,
  }),
});
export type LegReport = z.infer<typeof legReportSchema>;

/** zod: how far a further leg has come. */
export const legProgressSchema = z.object({
  callId: z.string(),
  callTo: z.string(),
  /** BRIDGED: both far ends hear each other. IDLE: it has ended. */
  state: z.enum(['CALLING', 'RINGING', 'ANSWERED', 'BRIDGED', 'IDLE', 'ERROR']),
  /** Why it ended; NORMAL before. */
  cause: z.enum(CAUSES),
});
export type LegProgress = z.infer<typeof legProgressSchema>;

import { z } from 'zod';
import { DEFAULTS } from '../job/job-defaults.js';
import { traceContextSchema } from '../job/trace-context.js';

/** zod: what went wrong. `code` is an `ErrorCode`; a newer worker may send codes that this version does not know. */
export const callErrorSchema = z.object({ code: z.string(), message: z.string() });
export type CallError = z.infer<typeof callErrorSchema>;

/** The fields that a result and an ended record share. */
export const outcomeFields = {
  jobId: z.string(),
  /** The SIP Call-ID of the attempt; null when no INVITE was sent. */
  callId: z.string().nullable(),
  callTo: z.string(),
  callFrom: z.string().nullable(),
  lane: z.string(),
  /** The job's label; null: none. Outcomes of earlier versions lack it. */
  label: z.string().nullable().default(null),
  /** The queue that the result goes to. Outcomes of earlier versions lack it. */
  resultsQueue: z.string().default(DEFAULTS.resultsQueue),
  trunk: z.string().nullable(),
  /** The worker that ran, or settled, the call. */
  workerId: z.string(),
  metadata: z.record(z.string(), z.json()),
  /** The trace that the call belongs to, for who carries on with it; absent: none. */
  traceContext: traceContextSchema.optional(),
};

import { z } from 'zod';
import { callErrorSchema } from './outcome-fields.js';

/** zod: a recording of a call. */
export const recordingReportSchema = z.object({
  /** As the step, or `recordCall`, names it. */
  name: z.string(),
  /** The file, on the host of the worker that recorded it. */
  path: z.string(),
  /** That worker: not the one of the ended record where another settled the call. */
  workerId: z.string(),
  /** Null: unknown, since what recorded it was lost. */
  durationMs: z.number().int().nonnegative().nullable(),
  /** False: it could not be finished. What there is of it is at `path`, or at `path` with `.part` behind it. */
  isComplete: z.boolean(),
  /** Why it is not complete, or null. */
  error: callErrorSchema.nullable(),
});
export type RecordingReport = z.infer<typeof recordingReportSchema>;

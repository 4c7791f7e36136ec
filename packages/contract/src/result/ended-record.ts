import { z } from 'zod';
import { stepReportSchema } from '../plan/step-report.js';
import { callQualitySchema } from './call-quality.js';
import { callTimingsSchema } from './call-timings.js';
import { CAUSES, ENDED_BY } from './causes.js';
import { FAR_END_TYPES } from './far-end-type.js';
import { legReportSchema } from './leg-report.js';
import { callErrorSchema, outcomeFields } from './outcome-fields.js';
import { recordingReportSchema } from './recording-report.js';
import { verdictSchema } from './verdict.js';

/** zod: the call detail record that follows the result of an answered call, once the call has ended. */
export const endedRecordSchema = z.object({
  ...outcomeFields,
  cause: z.enum(CAUSES),
  /** The Q.850 value of the far end's BYE, or null. */
  q850: z.number().int().min(0).max(127).nullable(),
  endedBy: z.enum(ENDED_BY),
  farEndType: z.enum(FAR_END_TYPES),
  verdict: verdictSchema.nullable(),
  error: callErrorSchema.nullable(),
  timings: callTimingsSchema,
  /** The steps of the plan that the call has taken, in order. Records of earlier versions lack them. */
  steps: z.array(stepReportSchema).default([]),
  /** What the callee entered, by the `into` of each `gather`. Records of earlier versions lack it. */
  digits: z.record(z.string(), z.string()).default({}),
  /** The recordings of the call, in the order in which they began. Records of earlier versions lack them. */
  recordings: z.array(recordingReportSchema).default([]),
  /** The further legs that its steps dialled, in the order of their INVITEs. Records of earlier versions lack them. */
  legs: z.array(legReportSchema).default([]),
  /** Milliseconds from the answer to the end. */
  durationMs: z.number().int().nonnegative(),
  /** Null: it is not known, as on FreeSWITCH's media. Records of earlier versions lack it. */
  quality: callQualitySchema.nullable().default(null),
});
export type EndedRecord = z.infer<typeof endedRecordSchema>;

import { z } from 'zod';
import { traceContextSchema } from '../job/trace-context.js';
import { waitOutcomeSchema } from '../plan/answer-machine-wait.js';
import { stepEndFields, stepFields, stepReportSchema } from '../plan/step-report.js';
import { callResultSchema } from '../result/call-result.js';
import { networkToneSchema } from '../result/early-media.js';
import { endedRecordSchema } from '../result/ended-record.js';
import { legProgressSchema } from '../result/leg-report.js';
import { recordingReportSchema } from '../result/recording-report.js';
import { verdictSchema } from '../result/verdict.js';

const common = {
  jobId: z.string(),
  /** The SIP Call-ID; null before there is one. */
  callId: z.string().nullable(),
  workerId: z.string(),
  /** The job's lane and label; absent in what an earlier version wrote. */
  lane: z.string().optional(),
  label: z.string().nullable().optional(),
  /** The trace that the call belongs to; absent: none. */
  traceContext: traceContextSchema.optional(),
  /** Epoch milliseconds. */
  at: z.number().int().nonnegative(),
};

/**
 * zod: progress of a call. Events may be trimmed, so they are hints; results travel by the results queue. `result`
 * and `ended` are copies of what is published there.
 */
export const callEventSchema = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('calling'), callTo: z.string() }),
  z.object({ ...common, type: z.literal('ringing'), sipStatus: z.number().int(), earlyMedia: z.boolean() }),
  /** A network tone was heard before the answer; one that goes on is told once. */
  z.object({ ...common, ...networkToneSchema.shape, type: z.literal('networkTone') }),
  z.object({ ...common, type: z.literal('answered'), codec: z.string().nullable() }),
  z.object({ ...common, type: z.literal('verdict'), verdict: verdictSchema }),
  /** The audio that followed contradicted the verdict. */
  z.object({ ...common, type: z.literal('revised'), verdict: verdictSchema }),
  /** A `waitForAnswerMachine` has ended. `waitId` is null when it was a step of the plan. */
  z.object({
    ...common,
    ...waitOutcomeSchema.shape,
    type: z.literal('waitEnded'),
    waitId: z.string().nullable(),
  }),
  /** A step of the plan has started. */
  z.object({ ...common, ...stepFields, type: z.literal('stepStarted') }),
  /** A step of the plan has ended. */
  z.object({ ...common, ...stepFields, ...stepEndFields, type: z.literal('stepEnded') }),
  /** A command of the app has ended, or other steps took its place. `steps`: those that it has taken. */
  z.object({
    ...common,
    type: z.literal('commandEnded'),
    commandId: z.string(),
    steps: z.array(stepReportSchema),
  }),
  /** A `notify` of the plan. */
  z.object({
    ...common,
    type: z.literal('notified'),
    name: z.string(),
    data: z.record(z.string(), z.json()),
  }),
  /** A recording has begun. */
  z.object({ ...common, type: z.literal('recordingStarted'), name: z.string(), path: z.string() }),
  /** A recording has ended, or could not be made. That of a lost worker is told by the ended record alone. */
  z.object({ ...common, ...recordingReportSchema.shape, type: z.literal('recordingEnded') }),
  /** A leg beside the callee's, such as an agent's, has come further. */
  z.object({ ...common, type: z.literal('leg'), leg: legProgressSchema }),
  z.object({ ...common, type: z.literal('result'), result: callResultSchema }),
  z.object({ ...common, type: z.literal('ended'), ended: endedRecordSchema }),
]);
export type CallEvent = z.infer<typeof callEventSchema>;

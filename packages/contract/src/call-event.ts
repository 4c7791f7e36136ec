import { z } from 'zod';
import { waitOutcomeSchema } from './answer-machine-wait.js';
import { callResultSchema, endedRecordSchema } from './call-result.js';
import { verdictSchema } from './verdict.js';

const common = {
  jobId: z.string(),
  callId: z.string().nullable(),
  workerId: z.string(),
  /** Epoch milliseconds. */
  at: z.number().int().nonnegative(),
};

/**
 * Progress of a call. Events are hints with replay (they may be trimmed); results travel by the results
 * queue, and `result` and `ended` here are copies of what is published there.
 */
export const callEventSchema = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.literal('calling'), callTo: z.string() }),
  z.object({ ...common, type: z.literal('ringing'), sipStatus: z.number().int(), earlyMedia: z.boolean() }),
  z.object({ ...common, type: z.literal('answered'), codec: z.string().nullable() }),
  z.object({ ...common, type: z.literal('verdict'), verdict: verdictSchema }),
  /** The verdict was contradicted by what followed. */
  z.object({ ...common, type: z.literal('revised'), verdict: verdictSchema }),
  /** A `waitForAnswerMachine` has ended. `waitId`: null when it was a step of the plan. */
  z.object({
    ...common,
    ...waitOutcomeSchema.shape,
    type: z.literal('waitEnded'),
    waitId: z.string().nullable(),
  }),
  z.object({ ...common, type: z.literal('result'), result: callResultSchema }),
  z.object({ ...common, type: z.literal('ended'), ended: endedRecordSchema }),
]);
export type CallEvent = z.infer<typeof callEventSchema>;

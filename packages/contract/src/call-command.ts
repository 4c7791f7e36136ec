import { z } from 'zod';
import { waitParametersSchema } from './answer-machine-wait.js';

/**
 * What a campaign app asks of the worker that holds a call, on that worker's command channel
 * (`commandsChannel`). A command may be lost on its way: who sends it repeats it, the same `waitId` and all, until
 * an event tells of its end. A repeated one is not begun again.
 */
export const callCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('waitForAnswerMachine'),
    jobId: z.string(),
    /** Chosen by the sender; the event `waitEnded` carries it. */
    waitId: z.string().min(1).max(64),
    parameters: waitParametersSchema,
  }),
]);
export type CallCommand = z.infer<typeof callCommandSchema>;

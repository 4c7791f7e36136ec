import { z } from 'zod';
import { byCountry } from '../address/by-country.js';
import { waitParametersSchema } from '../plan/answer-machine-wait.js';
import { besideStepSchema, planStepsSchemaFor, STEP_NAMES } from '../plan/plan-step.js';

/** How long after its last `heartbeat` an app counts as lost, in seconds, where it says nothing else. */
export const HEARTBEAT_SECONDS = 15;

/** Chosen by the sender; the event `commandEnded` carries it. */
const commandId = z.string().min(1).max(64);

/**
 * zod: what a campaign app asks of the worker that holds a call, on that worker's command channel
 * (`commandsChannel`). A command may be lost: its sender repeats it, with the same `waitId` or `commandId`, until an event
 * reports the end. A worker takes a repeated command only once. Numbers are read with a default country.
 */
export const callCommandSchemaFor = byCountry((options) =>
  z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('waitForAnswerMachine'),
      jobId: z.string(),
      /** Chosen by the sender; the event `waitEnded` carries it. */
      waitId: z.string().min(1).max(64),
      parameters: waitParametersSchema,
    }),
    /** Steps take the place of those that run. The event `commandEnded` has their reports. */
    z.strictObject({
      type: z.literal('runSteps'),
      jobId: z.string(),
      commandId,
      steps: planStepsSchemaFor(options),
    }),
    /** A step that takes no time is taken beside those that run, which go on. The event `commandEnded` has its report. */
    z.strictObject({
      type: z.literal('runBeside'),
      jobId: z.string(),
      commandId,
      step: besideStepSchema,
    }),
    /** The step that runs ends, if it is of one of these kinds; those after it go on. `commandEnded` has no reports. */
    z.strictObject({
      type: z.literal('endStep'),
      jobId: z.string(),
      commandId,
      kinds: z.array(z.enum(STEP_NAMES)).min(1),
    }),
    /** The app has the call: it is up for so many seconds at least, whatever its plan says. */
    z.strictObject({
      type: z.literal('heartbeat'),
      jobId: z.string(),
      secondsTimeout: z.number().min(1).max(3600).default(HEARTBEAT_SECONDS),
    }),
  ]),
);

/** zod: a command. */
export const callCommandSchema = callCommandSchemaFor();
export type CallCommand = z.infer<typeof callCommandSchema>;

import { z } from 'zod';
import { waitParametersShape } from '../answer-machine-wait.js';

/** Waits for the moment to leave a message: a beep and then silence, or a longer silence. */
export const waitForAnswerMachineStepSchema = z.strictObject({
  step: z.literal('waitForAnswerMachine'),
  ...waitParametersShape,
  /** What to do when the moment does not come in time, or the callee cannot be heard. */
  onTimeout: z.enum(['hangUp', 'continue']).default('hangUp'),
});

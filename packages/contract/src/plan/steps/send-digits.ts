import { z } from 'zod';

/** Presses keys for the callee: an extension, or the menu of another system. */
export const sendDigitsStepSchema = z.strictObject({
  step: z.literal('sendDigits'),
  digits: z.string().regex(/^[0-9*#A-D]{1,64}$/, 'digits are 1 to 64 of 0 to 9, *, # and A to D'),
  /** How long each of them sounds, and the silence after it. FreeSWITCH takes no less than 50 ms. */
  millisecondsDuration: z.number().int().min(60).max(6000).default(100),
  millisecondsGap: z.number().int().min(60).max(6000).default(100),
});

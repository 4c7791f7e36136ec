import { z } from 'zod';
import { INTERRUPTIONS } from './play.js';
import { speechShape, textSchema } from './spoken-text.js';

/** Says a text, by the text-to-speech that the worker is configured with. */
export const sayStepSchema = z.strictObject({
  step: z.literal('say'),
  text: textSchema,
  ...speechShape,
  /** Stops it when the callee presses a key, or begins to speak; null: neither does. */
  interruptOn: z.enum(INTERRUPTIONS).nullable().default(null),
  /** Seconds after which it is stopped, at most 86,400 (default 600). */
  secondsTimeout: z.number().positive().max(86_400).default(600),
});

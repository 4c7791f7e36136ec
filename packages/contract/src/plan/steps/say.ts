import { z } from 'zod';
import { INTERRUPTIONS } from './play.js';

/** Says a text, by the text-to-speech that the worker is configured with. */
export const sayStepSchema = z.strictObject({
  step: z.literal('say'),
  /** Plain text; it may name values of the call. */
  text: z.string().min(1).max(4000),
  /** As the text-to-speech names its voices; absent: its configured default. */
  voice: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}$/, 'a voice is 1 to 64 letters, digits, _, ., + or -')
    .optional(),
  /** A language tag (`en-GB`, BCP 47); absent: the configured default. */
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/, 'a language is a tag such as en or en-GB')
    .optional(),
  /** Stops it when the callee presses a key, or begins to speak; null: neither does. */
  interruptOn: z.enum(INTERRUPTIONS).nullable().default(null),
  /** Seconds after which it is stopped, at most 86,400 (default 600); making the speech has a limit of its own. */
  secondsTimeout: z.number().positive().max(86_400).default(600),
});

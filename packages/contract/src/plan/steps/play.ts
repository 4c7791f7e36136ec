import { z } from 'zod';
import { sourcesSchema } from './source.js';

/** What of the callee's stops a play. */
export const INTERRUPTIONS = ['digit', 'speech'] as const;
export type Interruption = (typeof INTERRUPTIONS)[number];

/** Plays files or tones. */
export const playStepSchema = z.strictObject({
  step: z.literal('play'),
  source: sourcesSchema,
  /** How often all of it is played; null: until it is interrupted, or `secondsTimeout` is over. */
  loop: z.number().int().positive().max(1000).nullable().default(1),
  /** Stops it when the callee presses a key, or begins to speak; null: neither does. */
  interruptOn: z.enum(INTERRUPTIONS).nullable().default(null),
  /** Seconds after which playing is stopped, at most 86,400 (default 600). */
  secondsTimeout: z.number().positive().max(86_400).default(600),
});

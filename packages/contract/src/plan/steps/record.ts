import { z } from 'zod';

/** zod: the name of a recording, which is part of its file's name. */
export const recordingNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'a name is 1 to 64 letters, digits, - or _, and begins with no sign',
  );

/** Records the callee into a WAV file of the worker's `telephony.recordings.directory`. */
export const recordStepSchema = z.strictObject({
  step: z.literal('record'),
  /** The file is `<job id>-<name>.wav`; a second recording of the name in a call is `<job id>-<name>-2.wav`. */
  name: recordingNameSchema,
  /** Whether the callee hears a beep first. */
  beep: z.boolean().default(true),
  /** Seconds after which it ends. */
  secondsMax: z.number().positive().max(7200).default(120),
  /** Seconds of the callee's silence after which it ends; null: silence does not end it. */
  secondsSilence: z.number().positive().max(60).nullable().default(null),
  /** Ends it; null: no key does. */
  finishKey: z
    .string()
    .regex(/^[0-9*#A-D]$/, 'a key is 0 to 9, *, # or A to D')
    .nullable()
    .default('#'),
});

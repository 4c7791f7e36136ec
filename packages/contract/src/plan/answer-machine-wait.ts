import { z } from 'zod';

/** The defaults of `waitForAnswerMachine`, which are the reference API's. */
export const WAIT_DEFAULTS = {
  millisecondsMinBeepDuration: 180,
  millisecondsPostBeepSilence: 1000,
  millisecondsNoBeepSilence: 4000,
  secondsTimeout: 10,
} as const;

const MINUTE_MS = 60_000;

/** The fields of a wait, for the schemas that include them. */
export const waitParametersShape = {
  /** The shortest tone that counts as a beep; tones under 140 ms never do. */
  millisecondsMinBeepDuration: z
    .number()
    .int()
    .positive()
    .max(MINUTE_MS)
    .default(WAIT_DEFAULTS.millisecondsMinBeepDuration),
  /** Silence after a beep that confirms it. */
  millisecondsPostBeepSilence: z
    .number()
    .int()
    .nonnegative()
    .max(MINUTE_MS)
    .default(WAIT_DEFAULTS.millisecondsPostBeepSilence),
  /** Silence after which no beep is expected. */
  millisecondsNoBeepSilence: z
    .number()
    .int()
    .positive()
    .max(MINUTE_MS)
    .default(WAIT_DEFAULTS.millisecondsNoBeepSilence),
  /** Seconds to wait; null: as long as the call is up. */
  secondsTimeout: z.number().positive().max(3600).nullable().default(WAIT_DEFAULTS.secondsTimeout),
};

/** zod: the parameters of `waitForAnswerMachine`. */
export const waitParametersSchema = z.strictObject(waitParametersShape);
export type WaitParameters = z.output<typeof waitParametersSchema>;
/** The parameters as a caller gives them: every field is optional. */
export type WaitForAnswerMachineOptions = z.input<typeof waitParametersSchema>;

/** How a wait ended. A message may be left after `beep` and after `silence` (there was no beep). */
export const WAIT_TRIGGERS = [
  'beep',
  'silence',
  /** Its time limit was reached first. */
  'timeout',
  /** The callee's audio did not arrive, or stopped. */
  'unheard',
] as const;
export type WaitTrigger = (typeof WAIT_TRIGGERS)[number];

/** zod: how a wait ended. */
export const waitOutcomeSchema = z.object({
  trigger: z.enum(WAIT_TRIGGERS),
  /** True when a message may be left. */
  isReady: z.boolean(),
  /** Milliseconds of audio heard since the answer (without live speaker detection: since the first wait). */
  atMs: z.number().int().nonnegative(),
});
export type WaitOutcome = z.infer<typeof waitOutcomeSchema>;

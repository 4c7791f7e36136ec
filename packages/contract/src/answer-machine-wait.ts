import { z } from 'zod';

/** The defaults of `waitForAnswerMachine`, which are the reference's. */
export const WAIT_DEFAULTS = {
  millisecondsMinBeepDuration: 180,
  millisecondsPostBeepSilence: 1000,
  millisecondsNoBeepSilence: 4000,
  secondsTimeout: 10,
} as const;

const MINUTE_MS = 60_000;

/** The fields of a wait, for the schemas that it is a part of. */
export const waitParametersShape = {
  /** The shortest tone that is a beep; what is shorter than 140 ms is never taken for one. */
  millisecondsMinBeepDuration: z
    .number()
    .int()
    .positive()
    .max(MINUTE_MS)
    .default(WAIT_DEFAULTS.millisecondsMinBeepDuration),
  /** Silence after a beep that makes sure of it. */
  millisecondsPostBeepSilence: z
    .number()
    .int()
    .nonnegative()
    .max(MINUTE_MS)
    .default(WAIT_DEFAULTS.millisecondsPostBeepSilence),
  /** Silence that means that there will be no beep. */
  millisecondsNoBeepSilence: z
    .number()
    .int()
    .positive()
    .max(MINUTE_MS)
    .default(WAIT_DEFAULTS.millisecondsNoBeepSilence),
  /** Time to wait; null: as long as the call is up. */
  secondsTimeout: z.number().positive().max(3600).nullable().default(WAIT_DEFAULTS.secondsTimeout),
};

/** What `waitForAnswerMachine` goes by. */
export const waitParametersSchema = z.strictObject(waitParametersShape);
export type WaitParameters = z.output<typeof waitParametersSchema>;
/** The same as a caller gives it: every field may be left out. */
export type WaitForAnswerMachineOptions = z.input<typeof waitParametersSchema>;

/** How a wait ended: a message may be left after `beep` and `silence` (there was no beep). */
export const WAIT_TRIGGERS = [
  'beep',
  'silence',
  /** Its time was over first. */
  'timeout',
  /** The callee's audio did not come, or stopped coming. */
  'unheard',
] as const;
export type WaitTrigger = (typeof WAIT_TRIGGERS)[number];

export const waitOutcomeSchema = z.object({
  trigger: z.enum(WAIT_TRIGGERS),
  /** True when a message may be left. */
  isReady: z.boolean(),
  /** Milliseconds of audio heard since the answer (without live speaker detection: since the first wait). */
  atMs: z.number().int().nonnegative(),
});
export type WaitOutcome = z.infer<typeof waitOutcomeSchema>;

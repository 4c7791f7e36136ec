import { z } from 'zod';
import { codecsSchema } from './codecs.js';
import { callFromSchema, callToSchema } from './destination.js';
import { type FieldIssue, OutdialError } from './errors.js';
import { planSchema } from './plan.js';
import { sipHeadersSchema } from './sip-headers.js';
import { DEFAULTS, LIVE_SPEAKER_DETECT_MODES } from './words.js';

/** A job's id: the caller's idempotency key. Not digits alone, which the queue underneath keeps for itself. */
export const jobIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,128}$/, 'an id is 1 to 128 letters, digits, "-", "_" or "."')
  .refine((id) => !/^\d+$/.test(id), 'an id is not digits alone (put a letter in front)');

export const laneSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'a lane is 1 to 64 letters, digits, "-" or "_"');

/** A call job: what is asked for. Unknown fields are refused, so that a misspelt one is never ignored. */
export const callJobSchema = z
  .strictObject({
    id: jobIdSchema,
    /** `tel:` number, digits (a telephone number), or a SIP address. */
    callTo: callToSchema,
    /** Caller id; compulsory for telephone numbers. */
    callFrom: callFromSchema.optional(),
    /** Seconds allowed from the INVITE to the answer; null: as long as it rings. */
    secondsTimeout: z.number().positive().max(3600).nullable().default(DEFAULTS.secondsTimeout),
    /** `g711a;g711u`, offered in that order; absent: the worker's default list. */
    codecs: codecsSchema.optional(),
    liveSpeakerDetect: z.enum(LIVE_SPEAKER_DETECT_MODES).nullable().default(null),
    lsdTimeoutMilliseconds: z
      .number()
      .int()
      .min(DEFAULTS.lsdTimeoutMillisecondsMin)
      .max(DEFAULTS.lsdTimeoutMillisecondsMax)
      .default(DEFAULTS.lsdTimeoutMilliseconds),
    /** The queue that the job waits in, with a rate and concurrency limit of its own. */
    lane: laneSchema.default(DEFAULTS.lane),
    /** The trunk to go through; absent: the first that takes the destination. */
    trunk: z.string().min(1).max(64).optional(),
    headers: sipHeadersSchema.default({}),
    /** Epoch milliseconds after which the job is not dialled any more. */
    expiresAt: z.number().int().positive().optional(),
    /** Seconds after the answer at which a forgotten call is hung up. */
    maxDurationSeconds: z.number().positive().max(86_400).default(DEFAULTS.maxDurationSeconds),
    onAnswered: planSchema.default({ otherwise: [] }),
    /** The campaign's own data, handed back in the result. */
    metadata: z.record(z.string(), z.json()).default({}),
  })
  .superRefine((job, context) => {
    if (job.callTo.startsWith('tel:') && job.callFrom === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['callFrom'],
        message: 'a telephone number needs a callFrom',
      });
    }
  });

/** A checked call job, every default filled in. */
export type CallJob = z.output<typeof callJobSchema>;
/** What a campaign app hands in; `id` is made up where absent. */
export type CallJobInput = Omit<z.input<typeof callJobSchema>, 'id'> & { id?: string };

/**
 * Checks a job and fills in its defaults. Throws `OutdialError` `INVALID_JOB`, whose message and `issues`
 * name each broken field's path, the reason and the offending value.
 */
export function parseCallJob(input: unknown): CallJob {
  const bytes = jsonBytes(input);
  if (bytes === null || bytes > DEFAULTS.jobBytesMax) {
    const message =
      bytes === null ? 'is not JSON' : `is ${bytes} bytes of JSON; at most ${DEFAULTS.jobBytesMax} are taken`;
    throw new OutdialError('INVALID_JOB', `invalid call job: it ${message}`, {
      issues: [{ path: '', message }],
    });
  }
  const parsed = callJobSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = toFieldIssues(parsed.error, input);
  throw new OutdialError('INVALID_JOB', `invalid call job: ${describeIssues(issues)}`, { issues });
}

/** zod's issues as field issues, each with the offending value looked up in the input. */
export function toFieldIssues(error: z.ZodError, input: unknown): FieldIssue[] {
  return error.issues.map((issue) => {
    const value = issue.path.reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
      input,
    );
    return {
      path: issue.path.map(String).join('.'),
      message: issue.message,
      ...(value === undefined ? {} : { value: shorten(value) }),
    };
  });
}

/** Field issues as one line: `callFrom: a telephone number needs a callFrom`. */
export function describeIssues(issues: readonly FieldIssue[]): string {
  return issues
    .map(
      ({ path, message, value }) =>
        `${path === '' ? 'it' : path}: ${message}${value === undefined ? '' : ` (got ${JSON.stringify(value)})`}`,
    )
    .join('; ');
}

function shorten(value: unknown): unknown {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 120 ? value : `${text.slice(0, 117)}...`;
}

function jsonBytes(input: unknown): number | null {
  try {
    const text = JSON.stringify(input);
    return text === undefined ? null : new TextEncoder().encode(text).length;
  } catch {
    return null;
  }
}

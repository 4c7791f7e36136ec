import { z } from 'zod';
import { codecsSchema } from './codecs.js';
import { callFromSchema, callToSchema } from './destination.js';
import { type FieldIssue, OutdialError } from './errors.js';
import { planSchema } from './plan.js';
import { sipHeadersSchema } from './sip-headers.js';
import { DEFAULTS, LIVE_SPEAKER_DETECT_MODES } from './words.js';

/** Names of BullMQ's own keys, next to which a lane keeps its jobs by id: a job of that name would break the lane. */
export const QUEUE_KEYS: ReadonlySet<string> = new Set([
  'active',
  'completed',
  'de',
  'delayed',
  'events',
  'failed',
  'id',
  'limiter',
  'marker',
  'meta',
  'paused',
  'pc',
  'prioritized',
  'repeat',
  'stalled',
  'stalled-check',
  'wait',
  'waiting-children',
]);

/** An id for a job whose caller gave none. */
export function newJobId(): string {
  return `job-${crypto.randomUUID()}`;
}

/** A job's id: the caller's idempotency key. Not digits alone, which the queue underneath keeps for itself. */
export const jobIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,128}$/, 'an id is 1 to 128 letters, digits, "-", "_" or "."')
  .refine((id) => !/^\d+$/.test(id), 'an id is not digits alone (put a letter in front)')
  .refine((id) => !QUEUE_KEYS.has(id), 'an id is no word that the queue keeps for itself');

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
    /** Seconds allowed from the INVITE to the answer, at most 3600 (default 120); null: as long as it rings. */
    secondsTimeout: z.number().positive().max(3600).nullable().default(DEFAULTS.secondsTimeout),
    /** `g711a;g711u`, offered in that order; absent: the worker's default list. */
    codecs: codecsSchema.optional(),
    /** Finds out who has answered, and when its time runs from; null (default): nobody listens. */
    liveSpeakerDetect: z.enum(LIVE_SPEAKER_DETECT_MODES).nullable().default(null),
    /** Milliseconds in which it must decide, 500 to 10,000 (default 5000); after that the far-end type is UNKNOWN. */
    lsdTimeoutMilliseconds: z
      .number()
      .int()
      .min(DEFAULTS.lsdTimeoutMillisecondsMin)
      .max(DEFAULTS.lsdTimeoutMillisecondsMax)
      .default(DEFAULTS.lsdTimeoutMilliseconds),
    /** The queue that the job waits in (default `default`), with a rate and concurrency limit of its own. */
    lane: laneSchema.default(DEFAULTS.lane),
    /** The trunk to go through; absent: the first that takes the number and allows the caller id. */
    trunk: z.string().min(1).max(64).optional(),
    /** SIP headers of the INVITE, by name (default: none). */
    headers: sipHeadersSchema.default({}),
    /** Epoch milliseconds after which the job is not dialled any more. */
    expiresAt: z.number().int().positive().optional(),
    /** Seconds after the answer at which a forgotten call is hung up, at most 86,400 (default 14,400: 4 hours). */
    maxDurationSeconds: z
      .number()
      .positive()
      .max(DEFAULTS.maxDurationSecondsMax)
      .default(DEFAULTS.maxDurationSeconds),
    /** What to do with an answered call (default: hang up). */
    onAnswered: planSchema.default({ otherwise: [] }),
    /** The campaign's own data, handed back in the result and the ended record (default: none). */
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
  const message = jsonProblem(input);
  if (message !== null) {
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

/** So many issues are told in one line, and so much of each word of them: it goes into results and logs. */
const ISSUES_TOLD_MAX = 10;
const TOLD_LENGTH_MAX = 200;

/** Field issues as one line: `callFrom: a telephone number needs a callFrom`. */
export function describeIssues(issues: readonly FieldIssue[]): string {
  const told = issues
    .slice(0, ISSUES_TOLD_MAX)
    .map(
      ({ path, message, value }) =>
        `${path === '' ? 'it' : cut(path)}: ${cut(message)}${value === undefined ? '' : ` (got ${JSON.stringify(value)})`}`,
    );
  const more = issues.length - told.length;
  return more > 0 ? `${told.join('; ')}; and ${more} more` : told.join('; ');
}

function cut(text: string): string {
  return text.length <= TOLD_LENGTH_MAX ? text : `${text.slice(0, TOLD_LENGTH_MAX - 3)}...`;
}

function shorten(value: unknown): unknown {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 120 ? value : `${text.slice(0, 117)}...`;
}

/** What is wrong with a job as a piece of JSON, whatever it says; null when nothing is. */
function jsonProblem(input: unknown): string | null {
  const text = toJson(input);
  if (text === null) return 'is not JSON';
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > DEFAULTS.jobBytesMax)
    return `is ${bytes} bytes of JSON; at most ${DEFAULTS.jobBytesMax} are taken`;
  const levels = levelsOf(text);
  if (levels > DEFAULTS.jobLevelsMax)
    return `is nested ${levels} levels deep; at most ${DEFAULTS.jobLevelsMax} are taken`;
  return null;
}

function toJson(input: unknown): string | null {
  try {
    return JSON.stringify(input) ?? null;
  } catch {
    // It refers to itself, or is nested deeper than the stack.
    return null;
  }
}

/** How deep the objects and arrays of a JSON text are nested. */
function levelsOf(json: string): number {
  let level = 0;
  let deepest = 0;
  for (const [mark] of json.matchAll(/"(?:[^"\\]+|\\.)*"|[[{]|[\]}]/g)) {
    if (mark === '[' || mark === '{') deepest = Math.max(deepest, ++level);
    else if (mark === ']' || mark === '}') level -= 1;
  }
  return deepest;
}

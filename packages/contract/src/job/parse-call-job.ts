import type { PhoneNumberOptions } from '../address/phone-number.js';
import { describeIssues, toFieldIssues } from '../errors/field-issues.js';
import { OutdialError } from '../errors/outdial-error.js';
import { plainWords } from '../errors/plain-words.js';
import { type CallJob, callJobSchemaFor } from './call-job.js';
import { DEFAULTS } from './job-defaults.js';

/**
 * Validates a job, brings its numbers into their normal form, and fills in its defaults. Throws `OutdialError` `INVALID_JOB`, whose message and `issues`
 * name the path, the reason and the value of each invalid field.
 */
export function parseCallJob(input: unknown, numbers: PhoneNumberOptions = {}): CallJob {
  refuseAs(jsonProblem(input));
  const parsed = callJobSchemaFor(numbers).safeParse(input, { error: plainWords });
  if (!parsed.success) {
    const issues = toFieldIssues(parsed.error, input);
    throw new OutdialError('INVALID_JOB', `invalid call job: ${describeIssues(issues)}`, { issues });
  }
  // It is stored with its defaults, and the worker that takes it checks it again.
  const problem = jsonProblem(parsed.data);
  refuseAs(problem && `with its defaults ${problem}`);
  return parsed.data;
}

/** Throws for a problem of the whole job. */
function refuseAs(message: string | null): void {
  if (message === null) return;
  throw new OutdialError('INVALID_JOB', `invalid call job: it ${message}`, {
    issues: [{ path: '', message }],
  });
}

/** Of one UTF-16 code unit. */
const UTF8_BYTES_MAX = 3;

/** Why a job cannot be stored as JSON, or null. */
function jsonProblem(input: unknown): string | null {
  const text = toJson(input);
  if (text === null) return 'is not JSON';
  const bytes = bytesOf(text) - traceBytesOf(input);
  if (bytes > DEFAULTS.jobBytesMax)
    return `is ${bytes} bytes of JSON; at most ${DEFAULTS.jobBytesMax} are taken`;
  const levels = levelsOf(text);
  if (levels > DEFAULTS.jobLevelsMax)
    return `is nested ${levels} levels deep; at most ${DEFAULTS.jobLevelsMax} are taken`;
  return null;
}

/** The length of a text in UTF-8; a shorter one than could be too long is not encoded for it. */
function bytesOf(text: string): number {
  return text.length * UTF8_BYTES_MAX <= DEFAULTS.jobBytesMax
    ? text.length
    : new TextEncoder().encode(text).length;
}

/** Of the trace that a job is part of, which is bounded, and which whoever adds the job may give it. */
function traceBytesOf(input: unknown): number {
  const { traceContext } = (input ?? {}) as Partial<CallJob>;
  return traceContext === undefined ? 0 : `,"traceContext":${toJson(traceContext)}`.length;
}

function toJson(input: unknown): string | null {
  try {
    return JSON.stringify(input) ?? null;
  } catch {
    // A circular reference, or nested more deeply than the stack allows.
    return null;
  }
}

/** How deeply the objects and arrays of a JSON text are nested; of one that has few of them: how many it has. */
function levelsOf(json: string): number {
  const openings = countOf(json, '{') + countOf(json, '[');
  if (openings <= DEFAULTS.jobLevelsMax) return openings;
  let level = 0;
  let deepest = 0;
  for (const [mark] of json.matchAll(/"(?:[^"\\]+|\\.)*"|[[{]|[\]}]/g)) {
    if (mark === '[' || mark === '{') deepest = Math.max(deepest, ++level);
    else if (mark === ']' || mark === '}') level -= 1;
  }
  return deepest;
}

function countOf(text: string, mark: string): number {
  let count = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) count += 1;
  return count;
}

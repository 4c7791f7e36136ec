import type { JobJson, JobsOptions } from 'bullmq';

/** Takes the place of a job's data that is not JSON. It is refused as a call job, and the result quotes it. */
export interface UnreadableData {
  unreadable: string;
}

const ATTEMPTS_MAX = 100;
const BACKOFF_MAX_MS = 24 * 3600 * 1000;
const DEFAULT_BACKOFF = { type: 'exponential', delay: 1000 };

/**
 * The fields of a job's record that Outdial relies on, each with a valid value. Anybody can write into Redis, and
 * what BullMQ reads from there decides under which id a job is completed, how often it is tried, and whether it ends
 * before its processor has seen it.
 */
export function sanitizeRecord(json: JobJson, jobId: string): JobJson {
  const { name, data, opts, timestamp, processedOn, attemptsMade, attemptsStarted, stalledCounter } = json;
  return {
    id: jobId,
    name,
    data,
    opts: sanitizeOptions(opts),
    progress: 0,
    timestamp: isCount(timestamp) ? timestamp : Date.now(),
    attemptsMade: isCount(attemptsMade) ? attemptsMade : 0,
    attemptsStarted: isCount(attemptsStarted) ? attemptsStarted : 0,
    stalledCounter: isCount(stalledCounter) ? stalledCounter : 0,
    ...(isCount(processedOn) ? { processedOn } : {}),
    failedReason: '',
    returnvalue: 'null',
  };
}

/** The JSON of `UnreadableData`. */
export function toUnreadable(data: string): string {
  return JSON.stringify({ unreadable: data.slice(0, 200) } satisfies UnreadableData);
}

function sanitizeOptions({ attempts, backoff, removeOnComplete, removeOnFail }: JobsOptions): JobsOptions {
  return {
    attempts: isCount(attempts) ? Math.min(attempts, ATTEMPTS_MAX) : 1,
    backoff: isBackoff(backoff) ? { type: backoff.type, delay: backoff.delay } : DEFAULT_BACKOFF,
    ...(isKeep(removeOnComplete) ? { removeOnComplete } : {}),
    ...(isKeep(removeOnFail) ? { removeOnFail } : {}),
  };
}

function isBackoff(value: unknown): value is { type: string; delay: number } {
  const { type, delay } = (value ?? {}) as { type?: unknown; delay?: unknown };
  return (type === 'fixed' || type === 'exponential') && isCount(delay) && delay <= BACKOFF_MAX_MS;
}

function isKeep(value: unknown): value is NonNullable<JobsOptions['removeOnComplete']> {
  if (typeof value === 'boolean' || isCount(value)) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { age, count, ...others } = value as { age?: unknown; count?: unknown };
  const isEither = (limit: unknown) => limit === undefined || isCount(limit);
  return isEither(age) && isEither(count) && Object.keys(others).length === 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Fields of BullMQ's job hash that its scripts do not interpret. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'data',
  'timestamp',
  'delay',
  'processedOn',
  'finishedOn',
  'pb',
  'failedReason',
  'stacktrace',
  'returnvalue',
]);
/** Fields that its scripts calculate with, and fail over when they are no numbers. */
const NUMBER_FIELDS: ReadonlySet<string> = new Set(['priority', 'ats', 'atm', 'stc']);

/** Every field that the record of a valid job may have. */
export const RECORD_FIELDS: readonly string[] = [...PLAIN_FIELDS, ...NUMBER_FIELDS, 'opts'];

/** The fields of a job hash that BullMQ may fail over, and that no valid job needs. */
export function brokenFields(hash: Readonly<Record<string, string>>): string[] {
  return Object.entries(hash).flatMap(([field, value]) => {
    if (PLAIN_FIELDS.has(field)) return [];
    if (NUMBER_FIELDS.has(field)) return /^\d{1,15}$/.test(value) ? [] : [field];
    return field === 'opts' && isJsonObject(value) ? [] : [field];
  });
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

import { z } from 'zod';

/** BullMQ keeps its own keys beside a lane's jobs: a job with one of these ids would overwrite one of them. */
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

/** zod: a job's id, which is the caller's idempotency key. BullMQ reserves ids of digits alone. */
export const jobIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,128}$/, 'an id is 1 to 128 letters, digits, "-", "_" or "."')
  .refine((id) => !/^\d+$/.test(id), 'an id of digits alone is reserved; put a letter in front')
  .refine((id) => !QUEUE_KEYS.has(id), 'this id is reserved');

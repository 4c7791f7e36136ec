import { z } from 'zod';
import { ENDED_QUEUE } from '../redis/key-names.js';

/** zod: the name of a lane. */
export const laneSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'a lane is 1 to 64 letters, digits, "-" or "_"');

/** zod: a label, by which jobs are counted and cancelled together. */
export const labelSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'a label is 1 to 64 letters, digits, "-", "_" or "."');

/** Words that other keys of Outdial start with, and queues of its own. */
const RESERVED = new Set([
  ENDED_QUEUE,
  'commands',
  'control',
  'enqueuing',
  'events',
  'labels',
  'lane-rate',
  'lanes',
  'ledger',
  'results-queues',
]);

/** zod: the name of a results queue. It is the name of the BullMQ queue as well. */
export const resultsQueueSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'a results queue is 1 to 64 letters, digits, "-" or "_"')
  .refine(
    (name) => !RESERVED.has(name) && !/^(?:calls|ended|outdial)-/.test(name),
    'this name is reserved; so are names that start with "calls-", "ended-" or "outdial-"',
  );

import { z } from 'zod';

const count = z.number().int().nonnegative();

/** zod: how a worker is, as it tells every few seconds. */
export const workerStatusSchema = z.object({
  version: z.string(),
  host: z.string(),
  pid: z.number().int(),
  /** Epoch milliseconds. */
  startedAt: count,
  /** When this was told, in epoch milliseconds. */
  at: count,
  /** It takes no new jobs, and is about to end. */
  isDraining: z.boolean(),
  /** Calls that it may hold now; null: its lanes are not open yet. */
  callsAllowed: count.nullable(),
  /** Whether that is less than what is configured, since the worker was late. */
  isSlowed: z.boolean(),
  /** Calls of lost workers that it has taken over since it started. */
  callsTakenOver: count,
  /** Cores that it used since it last told: 0.5 is half of one. */
  cores: z.number().nonnegative(),
  memoryBytes: count,
  servers: z.array(
    z.object({
      kind: z.enum(['drachtio', 'freeswitch']),
      /** `host:port` as configured. */
      address: z.string(),
      isUp: z.boolean(),
      /** Legs on it (drachtio), or endpoints in use (FreeSWITCH). */
      busyCalls: count,
      /** Why it is down, or null. */
      problem: z.string().nullable(),
    }),
  ),
});
export type WorkerStatus = z.infer<typeof workerStatusSchema>;

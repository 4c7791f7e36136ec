import { LISTED_PHASES } from '@outdial/client';
import {
  CAUSES,
  callCaptureSchema,
  callEventSchema,
  callResultSchema,
  ERROR_CODES,
  endedRecordSchema,
  FAR_END_TYPES,
  jobIdSchema,
  labelSchema,
  laneSchema,
  stepReportSchema,
} from '@outdial/contract';
import { z } from 'zod';

export const callParams = z.object({ id: z.string().min(1).max(1024) });

/** zod: what is known of a call. */
export const callSchema = z.object({
  /** The job's id. */
  id: z.string(),
  /** `waiting` in its lane, `calling`, `ringing`, `answered` and still up, or `ended`. */
  phase: z.enum(['waiting', 'calling', 'ringing', 'answered', 'ended']),
  lane: z.string(),
  label: z.string().nullable(),
  callTo: z.string(),
  callFrom: z.string().nullable(),
  /** The worker that holds, or held, the call. */
  workerId: z.string().nullable(),
  isCancelRequested: z.boolean(),
  /** When a worker took it to dial it, in epoch milliseconds; null: none has. */
  claimedAt: z.number().nullable(),
  /** Null while there is none. */
  result: callResultSchema.nullable(),
  /** The record of an answered call that has ended; else null. */
  ended: endedRecordSchema.nullable(),
});

/** zod: all that is known of a call. */
export const wholeCallSchema = callSchema.extend({
  /** Its events that are still kept, in order. */
  events: z.array(z.object({ id: z.string(), event: callEventSchema })),
  /** The steps of its plan that were taken. */
  steps: z.array(stepReportSchema),
});

/** zod: what was captured of a call. */
export const captureSchema = callCaptureSchema.extend({
  /** Numbers in the SIP messages are masked, since the key has not the scope `numbers:read`. */
  isMasked: z.boolean(),
});

/** zod: a call as it was placed. The job's own fields stand beside these. */
export const placedCallSchema = z.looseObject({
  id: z.string(),
  /** The job was there already, with this very content: it is the same call. */
  wasQueuedBefore: z.boolean(),
  /** What should be known, in sentences: that no worker takes the lane now. */
  warnings: z.array(z.string()),
});

/** zod: what became of calls that were placed together. */
export const placedCallsSchema = z.object({
  /** How many there were. */
  jobs: z.number().int(),
  /** How many of these were queued now. */
  queued: z.number().int(),
  /** How many were queued before, with the same content. */
  before: z.number().int(),
  /** Their ids, in order, where they came as a JSON list. */
  ids: z.array(z.string()).optional(),
  warnings: z.array(z.string()),
});
export type PlacedCalls = z.infer<typeof placedCallsSchema>;

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** zod: how a file of calls is read. */
export const bulkQuery = z.strictObject({
  /** Rows without an id get PREFIX-DIGEST, so that the same file again is the same calls. */
  idPrefix: jobIdSchema.optional(),
  /** The column that ids are made of instead of the digest. */
  idColumn: z.string().min(1).max(200).optional(),
  /** For rows that name none. */
  lane: laneSchema.optional(),
  label: labelSchema.optional(),
  /** Whether the file is only to be checked. */
  check: flag.default(false),
});

const text = z.string().min(1).max(200);
/** Epoch milliseconds, or ISO 8601 with an offset. */
const moment = z
  .string()
  .regex(
    /^(?:\d{1,15}|\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))$/,
    'is epoch milliseconds, or ISO 8601 with an offset',
  )
  .transform((value) => (/^\d+$/.test(value) ? Number(value) : Date.parse(value)))
  .refine((value) => Number.isFinite(value), 'is no time');

/** zod: which calls to list. */
export const listQuery = z.strictObject({
  phase: z.enum(LISTED_PHASES).optional(),
  lane: laneSchema.optional(),
  label: labelSchema.optional(),
  state: z.enum(['IDLE', 'ANSWERED', 'ERROR']).optional(),
  cause: z.enum(CAUSES).optional(),
  farEndType: z.enum(FAR_END_TYPES).optional(),
  error: z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]).optional(),
  /** Digits that the number called has. */
  number: z
    .string()
    .regex(/^\d{1,20}$/, 'is digits alone')
    .optional(),
  /** A text that is in the id, the destination, the caller id, the lane or the label. */
  text: text.optional(),
  from: moment.optional(),
  before: moment.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  /** The `next` of the page before. */
  cursor: z.string().min(1).max(2000).optional(),
});

/** zod: what a cancel found, and did. */
export const cancelSchema = z.object({
  /** `waiting`: it is never dialled. `calling`, `ringing`, `answered`: its worker was told. `ended`: nothing was left to cancel. */
  phase: z.enum(['waiting', 'calling', 'ringing', 'answered', 'ended']),
  workerId: z.string().optional(),
  result: callResultSchema.optional(),
  ended: endedRecordSchema.nullable().optional(),
});

/** zod: which calls to cancel together. */
export const cancelManyBody = z.union([
  z.strictObject({ lane: laneSchema }),
  z.strictObject({ label: labelSchema }),
]);

/** zod: what became of calls that were cancelled together. */
export const cancelCountsSchema = z.object({
  /** They waited, and are never dialled. */
  cancelled: z.number().int(),
  /** Their workers were told to end them. */
  ending: z.number().int(),
  /** Nothing was left to cancel. */
  ended: z.number().int(),
});

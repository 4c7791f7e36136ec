import { type CallEvent, callEventSchema, labelSchema, laneSchema } from '@outdial/contract';
import { z } from 'zod';

export const EVENT_TYPES = callEventSchema.options.map((option) => option.shape.type.value) as [
  CallEvent['type'],
  ...CallEvent['type'][],
];

/** zod: which events are wanted; all that is given must hold. */
export const eventFilterShape = {
  /** Types, separated by commas. */
  types: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(EVENT_TYPES)))
    .optional(),
  lane: laneSchema.optional(),
  label: labelSchema.optional(),
  /** The id of one job. */
  job: z.string().min(1).max(200).optional(),
};

export interface EventFilter {
  types?: readonly string[] | undefined;
  lane?: string | undefined;
  label?: string | undefined;
  job?: string | undefined;
  /** Events of other lanes are left out. */
  lanes?: readonly string[] | undefined;
}

/** Whether an event is wanted. One that does not tell its lane, as those of earlier versions, is of no lane. */
export function isWanted(event: CallEvent, { types, lane, label, job, lanes }: EventFilter): boolean {
  if (job !== undefined && event.jobId !== job) return false;
  if (types !== undefined && !types.includes(event.type)) return false;
  if (lane !== undefined && event.lane !== lane) return false;
  if (label !== undefined && event.label !== label) return false;
  return lanes === undefined || (event.lane !== undefined && lanes.includes(event.lane));
}

import { labelSchema, laneSchema, type StreamEvent, streamEventSchema } from '@outdial/contract';
import { z } from 'zod';

/** What may be told: events of calls, and that a webhook was paused because it failed. */
export const EVENT_TYPES = streamEventSchema.options.map((option) => option.shape.type.value) as [
  StreamEvent['type'],
  ...StreamEvent['type'][],
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
  /** Whether what is of no call is left out. Default: no. */
  callsOnly?: boolean | undefined;
}

/** Whether an event is wanted. One that does not tell its lane, as those of earlier versions, is of no lane. */
export function isWanted(event: StreamEvent, filter: EventFilter): boolean {
  const { types, lane, label, job, lanes, callsOnly } = filter;
  if (types !== undefined && !types.includes(event.type)) return false;
  if (event.type === 'webhookPaused')
    return !callsOnly && [job, lane, label, lanes].every((asked) => asked === undefined);
  if (job !== undefined && event.jobId !== job) return false;
  if (lane !== undefined && event.lane !== lane) return false;
  if (label !== undefined && event.label !== label) return false;
  return lanes === undefined || (event.lane !== undefined && lanes.includes(event.lane));
}

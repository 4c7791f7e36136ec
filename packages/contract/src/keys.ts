/** The default prefix of every key in Redis. The braces keep all keys in one cluster slot. */
export const DEFAULT_PREFIX = '{outdial}';

/** The BullMQ queue of a lane. */
export function laneQueueName(lane: string): string {
  return `calls-${lane}`;
}

/** The BullMQ queue of results. */
export const RESULTS_QUEUE = 'results';
/** The BullMQ queue of ended records. */
export const ENDED_QUEUE = 'ended';

/** The capped stream of call events. */
export function eventsKey(prefix: string): string {
  return `${prefix}:events`;
}

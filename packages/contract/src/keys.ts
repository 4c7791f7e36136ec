/** Where Redis is when nobody says. */
export const DEFAULT_REDIS_URL = 'redis://127.0.0.1:6379';

/** The default prefix of every key in Redis. The braces keep all keys in one cluster slot. */
export const DEFAULT_PREFIX = '{outdial}';

/** The BullMQ queue of a lane. */
export function laneQueueName(lane: string): string {
  return `calls-${lane}`;
}

/**
 * The id by which the ledger and the outcomes know a job of a lane's queue: BullMQ numbers jobs that were added without
 * an id, each lane from 1.
 */
export function ledgerJobId(queueId: string, lane: string): string {
  return /^\d*$/.test(queueId) ? `unnamed-${lane}-${queueId}` : queueId;
}

/** The BullMQ queue of results. */
export const RESULTS_QUEUE = 'results';
/** The BullMQ queue of ended records. */
export const ENDED_QUEUE = 'ended';

/** Roughly how many events BullMQ's own stream of each queue keeps: nobody here reads them. */
export const QUEUE_STREAM_MAX = 1000;

/** The capped stream of call events. */
export function eventsKey(prefix: string): string {
  return `${prefix}:events`;
}

/** The Redis channel on which a worker takes commands (`CallCommand`) for the calls that it holds. */
export function commandsChannel(prefix: string, workerId: string): string {
  return `${prefix}:commands:${workerId}`;
}

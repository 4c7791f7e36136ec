/** The names of everything that Outdial keeps in Redis. Other languages may rely on them: docs/wire-format.md. */

/** The Redis URL that is used when none is given. */
export const DEFAULT_REDIS_URL = 'redis://127.0.0.1:6379';

/** The default prefix of every key. The braces keep all keys in one slot of a cluster. */
export const DEFAULT_PREFIX = '{outdial}';

/** Roughly how many entries BullMQ's own event stream of each queue keeps; Outdial does not read it. */
export const QUEUE_STREAM_MAX = 1000;

/** The default queue of results. */
export const RESULTS_QUEUE = 'results';
/** The queue of ended records that belongs to it. */
export const ENDED_QUEUE = 'ended';

/** The BullMQ queue of a lane. */
export function laneQueueName(lane: string): string {
  return `calls-${lane}`;
}

/** The BullMQ queue of the ended records that belong to a results queue: `ended`, or `ended-NAME`. */
export function endedQueueName(resultsQueue: string): string {
  return resultsQueue === RESULTS_QUEUE ? ENDED_QUEUE : `${ENDED_QUEUE}-${resultsQueue}`;
}

const OUTCOME_PREFIX = 'of-';

/**
 * The BullMQ job id of a job's result and ended record. It comes from the job's id, so that an outcome that is added
 * twice is there once. BullMQ refuses ids of digits alone and ids with a colon, hence the prefix and the escaping.
 */
export function outcomeJobId(jobId: string): string {
  // Encoded and decoded once: a lone surrogate, which no URI component may hold, becomes U+FFFD.
  return `${OUTCOME_PREFIX}${encodeURIComponent(new TextDecoder().decode(new TextEncoder().encode(jobId)))}`;
}

/** The job that an outcome belongs to, by its id in the queue; null for an id that `outcomeJobId` did not make. */
export function jobIdOfOutcome(outcomeId: string): string | null {
  if (!outcomeId.startsWith(OUTCOME_PREFIX)) return null;
  try {
    return decodeURIComponent(outcomeId.slice(OUTCOME_PREFIX.length));
  } catch {
    return null;
  }
}

/**
 * The id under which the ledger and the outcomes know a job of a lane's queue. BullMQ numbers jobs that were added
 * without an id, in each lane from 1.
 */
export function ledgerJobId(queueId: string, lane: string): string {
  return /^\d*$/.test(queueId) ? `unnamed-${lane}-${queueId}` : queueId;
}

/** Set: every lane that a job was added to. */
export function lanesKey(prefix: string = DEFAULT_PREFIX): string {
  return `${prefix}:lanes`;
}

/** Hash: a lane's rate limit, `callsPerSecond`, and `lastAt`, when the latest call had its turn (epoch milliseconds). */
export function laneRateKey(prefix: string, lane: string): string {
  return `${prefix}:lane-rate:${lane}`;
}

/** String: the token of the enqueuer that is adding a job of this id; it expires. */
export function jobReservationKey(prefix: string, jobId: string): string {
  return `${prefix}:enqueuing:${jobId}`;
}

/** Sorted set: the results queues that jobs named, scored by when something was last published for one. */
export function resultsQueuesKey(prefix: string): string {
  return `${prefix}:results-queues`;
}

/** Stream: call events, capped. */
export function eventsKey(prefix: string): string {
  return `${prefix}:events`;
}

/** Publish/subscribe channel: the commands (`CallCommand`) for the calls of a worker. */
export function commandsChannel(prefix: string, workerId: string): string {
  return `${prefix}:commands:${workerId}`;
}

/** Publish/subscribe channel: the ids of a worker's calls that are to be cancelled. */
export function cancelsChannel(prefix: string, workerId: string): string {
  return `${prefix}:control:${workerId}`;
}

/** The ledger's keys. Its Lua scripts get them from here as well. */
export function ledgerKeys(prefix: string) {
  const ledger = `${prefix}:ledger:`;
  return {
    /** Sorted set: worker id, scored by when its lease runs out. */
    workers: `${ledger}workers`,
    /** Sorted set: `result:JOB` or `ended:JOB`, scored by since when it waits to be published. */
    outbox: `${ledger}outbox`,
    /** Sorted set: job id, scored by when nothing was left to do for it. */
    finished: `${ledger}finished`,
    /** Hash: `heard`, the time of the latest heartbeat; `forgottenUpTo`, before which entries may be gone. */
    moments: `${ledger}moments`,
    /** Stream: an entry for each result, to search calls by. */
    index: `${ledger}index`,
    /** Hash: the entry of a job. */
    call: (jobId: string) => `${ledger}call:${jobId}`,
    /** Set: ids of the jobs of a label that have no result yet. */
    labelOpen: (label: string) => `${prefix}:labels:open:${label}`,
    /** Hash: how many jobs of a label have a result, by its state. */
    labelResults: (label: string) => `${prefix}:labels:results:${label}`,
    /** Set: ids of the calls that a worker holds. */
    workerCalls: (workerId: string) => `${ledger}worker-calls:${workerId}`,
    /** String: how a worker is (`WorkerStatus`), as JSON; it expires. */
    workerStatus: (workerId: string) => `${ledger}worker-status:${workerId}`,
    /** String: what was captured of a call (`CallCapture`), as JSON; it expires. */
    capture: (jobId: string) => `${ledger}capture:${jobId}`,
    /** Set: ids of a worker's calls that are to be cancelled. */
    workerCancels: (workerId: string) => `${ledger}worker-cancels:${workerId}`,
  };
}

/** What the gateways keep in Redis. Its Lua scripts get them from here as well. */
export function gatewayKeys(prefix: string) {
  const gateway = `${prefix}:gateway:`;
  return {
    /** Hash: an API key's id, and what is known of it as JSON. */
    apiKeys: `${gateway}api-keys`,
    /** Hash: an API key's id, and when its next request is due (epoch milliseconds). */
    apiKeyRates: `${gateway}api-key-rates`,
    /** String: a browser's session, by the digest of its token; it expires. */
    session: (digest: string) => `${gateway}session:${digest}`,
    /** String: the report of the latest audit that a gateway has run, as JSON. */
    auditReport: `${gateway}audit-report`,
    /** String: the gateway that runs an audit now; it expires. */
    auditRunner: `${gateway}audit-runner`,
    /** Stream: who placed, cancelled and commanded calls; capped. */
    callActivity: `${gateway}activity:calls`,
    /** Stream: who changed anything else; capped. */
    adminActivity: `${gateway}activity:admin`,
    /** Hash: a webhook's id, and the webhook with its secrets as JSON. */
    webhooks: `${gateway}webhooks`,
    /** String: a number that each change of a webhook raises. */
    webhooksVersion: `${gateway}webhooks-version`,
    /** String: the event up to which all events were handed to the webhooks. */
    webhooksCursor: `${gateway}webhooks-cursor`,
    /** String: the gateway that hands events to the webhooks now; it expires. */
    webhooksLeader: `${gateway}webhooks-leader`,
    /** Set: calls whose messages need a task that delivers them: `WEBHOOK TASK JOB`. */
    webhooksDue: `${gateway}webhooks-due`,
    /** Hash: how a webhook does: `pending`, `dropped`, `failingSince`, `lastError`, `lastDeliveredAt`. */
    webhookState: (webhookId: string) => `${gateway}webhook-state:${webhookId}`,
    /** Set: jobs of which a webhook has messages to get. */
    webhookCalls: (webhookId: string) => `${gateway}webhook-calls:${webhookId}`,
    /** List: messages of a job that a webhook is to get, in order. */
    webhookMessages: (webhookId: string, jobId: string) => `${gateway}webhook-messages:${webhookId}:${jobId}`,
    /** Stream: attempts to deliver messages to a webhook; capped. */
    webhookLog: (webhookId: string) => `${gateway}webhook-log:${webhookId}`,
  };
}

/** The BullMQ queue of the tasks that deliver messages to a webhook. */
export function webhookQueueName(webhookId: string): string {
  return `outdial-webhook-${webhookId}`;
}

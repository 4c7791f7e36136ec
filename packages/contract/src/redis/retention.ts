/** How long, and how many at most, finished things are kept; a worker's `retention` section overrides it. */
export const RETENTION_DEFAULTS = {
  /** Seconds (7 days) that finished jobs, outcomes, ledger entries and events are kept. */
  ageSeconds: 7 * 24 * 60 * 60,
  /** Finished jobs that a lane keeps. */
  jobsMax: 10_000,
  /** Ledger entries of finished calls. */
  entriesMax: 1_000_000,
  /** The smallest permitted `entriesMax`. */
  entriesMaxLeast: 10_000,
  /** Consumed outcomes that each results queue and ended records' queue keeps. */
  consumedMax: 100_000,
  /** Outcomes that may wait for a consumer in each of these queues. */
  unconsumedMax: 1_000_000,
  /** Seconds (1 day) that what was captured of calls is kept. */
  captureSeconds: 24 * 60 * 60,
  /** The length to which the stream of events is trimmed. */
  eventsMax: 100_000,
} as const;

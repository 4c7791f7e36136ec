/** Defaults and bounds of a call job, each in the unit of its name. */
export const DEFAULTS = {
  secondsTimeout: 120,
  lsdTimeoutMilliseconds: 5000,
  lsdTimeoutMillisecondsMin: 500,
  lsdTimeoutMillisecondsMax: 10_000,
  silenceHangUpSeconds: 60,
  maxDurationSeconds: 4 * 60 * 60,
  maxDurationSecondsMax: 24 * 60 * 60,
  lane: 'default',
  /** The BullMQ queue that results go to. */
  resultsQueue: 'results',
  /** The largest call job, as UTF-8 JSON, in bytes. */
  jobBytesMax: 64 * 1024,
  /** The deepest nesting of objects and arrays in a call job; readers of deeper JSON would overflow their stack. */
  jobLevelsMax: 64,
} as const;

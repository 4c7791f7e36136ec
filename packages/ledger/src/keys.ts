/** Names of the ledger's keys, for whoever looks at them without a step of the ledger; its scripts build their own. */
export function ledgerKeys(prefix: string) {
  const ledger = `${prefix}:ledger:`;
  return {
    /** Sorted set: worker id, and when its lease runs out. */
    workers: `${ledger}workers`,
    /** Sorted set: `result:JOB` or `ended:JOB`, and since when it waits to be published. */
    outbox: `${ledger}outbox`,
    /** Sorted set: job id, and when nothing was left to do for it. */
    finished: `${ledger}finished`,
    /** Hash: `heard` (when anybody's last heartbeat came), `forgottenUpTo` (entries of calls that ended before may be gone). */
    moments: `${ledger}moments`,
    /** Hash: the entry of a job, see `toEntry`. */
    call: (jobId: string) => `${ledger}call:${jobId}`,
    /** Set: ids of the calls that a worker holds. */
    workerCalls: (workerId: string) => `${ledger}worker-calls:${workerId}`,
  };
}

import {
  buildResult,
  type CallError,
  type CallResult,
  callIdentity,
  failedOutcome,
  type LegReport,
  type RecordingReport,
} from '@outdial/contract';
import type { LedgerEntry } from '@outdial/ledger';

/** The result of a call whose worker was lost before it had one: what is known of it, and the loss. */
export function lostResult(entry: LedgerEntry, workerId: string): CallResult {
  const job = entry.job ?? { id: entry.jobId, callTo: '', lane: '', metadata: {} };
  const { legs, facts } = entry;
  return buildResult(callIdentity(job, workerId, legs[0]), {
    ...facts,
    ...failedOutcome(lossOf(entry)),
    timings: { ...facts.timings, endedAt: Date.now() },
  });
}

/** The recordings of a lost call. Those that ran hold what had been written, under their unfinished name. */
export function lostRecordings(entry: LedgerEntry): RecordingReport[] {
  return entry.recordings.map((report) =>
    report.isComplete || report.error !== null ? report : { ...report, error: lossOf(entry) },
  );
}

/** The legs of a lost call beside the callee's. Those that were up ended with it. */
export function lostLegs(entry: LedgerEntry): LegReport[] {
  const lost = { state: 'ERROR', cause: 'ERROR', error: lossOf(entry), endedBy: 'FAILURE' } as const;
  return entry.legReports.map(({ timings, ...report }) => {
    const { endedAt } = timings;
    return endedAt === undefined
      ? { ...report, ...lost, timings: { ...timings, endedAt: Date.now() } }
      : { ...report, timings: { ...timings, endedAt } };
  });
}

/** Why another worker settles a call. */
export function lossOf({ takenFrom }: LedgerEntry): CallError {
  return takenFrom === null
    ? { code: 'INTERNAL', message: 'the call failed inside its worker' }
    : { code: 'WORKER_LOST', message: `worker ${takenFrom} was lost during the call` };
}

import type { CallJob, OutdialError } from '@outdial/contract';
import type { LedgerEntry } from '@outdial/ledger';

/** A job that was taken from its lane, and what there is on record of it. */
export interface AdmissionCandidate {
  job: CallJob;
  /** When it was put into its lane, in epoch milliseconds. */
  enqueuedAt: number;
  /** Whether it was handed out before, to a worker that never reported what became of it. */
  wasStalled: boolean;
  /** The ledger's entry of a job that was handed out before; null: there is none. */
  entry: LedgerEntry | null;
}

/**
 * A reason not to dial a job. Resolves with the error that becomes the job's result; null: nothing speaks against the job.
 * Rejects when that cannot be found out; the job is then handed out again.
 */
export type AdmissionRule = (candidate: AdmissionCandidate) => Promise<OutdialError | null>;

/** Asks the rules in their order. Resolves with the first refusal, or null: the job may be dialled. */
export async function refusalOf(
  rules: readonly AdmissionRule[],
  candidate: AdmissionCandidate,
): Promise<OutdialError | null> {
  for (const rule of rules) {
    const refusal = await rule(candidate);
    if (refusal !== null) return refusal;
  }
  return null;
}

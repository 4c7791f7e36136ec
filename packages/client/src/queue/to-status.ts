import type { LedgerEntry } from '@outdial/ledger';
import type { CallStatus } from './call-status.js';
import { describeJob } from './job-input.js';

/** What the lane's data and the ledger's entry of a job tell together. */
export function toStatus(id: string, data: unknown, entry: LedgerEntry | null): CallStatus {
  const job = describeJob(id, data ?? entry?.job);
  return {
    id,
    phase: entry?.phase ?? 'waiting',
    lane: entry?.result?.lane ?? job.lane,
    callTo: entry?.result?.callTo ?? job.callTo,
    callFrom: entry?.result?.callFrom ?? job.callFrom ?? null,
    label: entry?.result?.label ?? job.label ?? null,
    workerId: entry?.workerId ?? null,
    isCancelRequested: entry !== null && entry.cancelRequestedAt !== null,
    claimedAt: entry?.claimedAt ?? null,
    result: entry?.result ?? null,
    ended: entry?.ended ?? null,
  };
}

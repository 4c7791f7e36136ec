import type { CallJob, CallResult, EndedRecord } from '@outdial/contract';
import type { LedgerPhase } from '@outdial/ledger';

/** What is known of one job. */
export interface CallStatus {
  id: string;
  phase: LedgerPhase;
  lane: string;
  callTo: string;
  callFrom: string | null;
  label: string | null;
  /** The worker that holds, or held, the call. */
  workerId: string | null;
  isCancelRequested: boolean;
  /** When a worker took it to dial it, in epoch milliseconds by Redis' clock; null: none has. */
  claimedAt: number | null;
  result: CallResult | null;
  ended: EndedRecord | null;
}

/** How many jobs a lane has in which state. */
export interface LaneCounts {
  waiting: number;
  active: number;
  /** To be tried again after a dial that failed before its INVITE. */
  delayed: number;
  completed: number;
  failed: number;
}

/** What a cancel found, and did. */
export type CancelOutcome =
  /** It was waiting: it is never dialled, and this is its one result. */
  | { phase: 'waiting'; result: CallResult }
  /** The worker that holds the call was told to end it. */
  | { phase: 'calling' | 'ringing' | 'answered'; workerId: string }
  /** There was nothing left to cancel. */
  | { phase: 'ended'; result: CallResult; ended: EndedRecord | null };

/** What became of the jobs that were cancelled together. */
export interface CancelCounts {
  /** They waited, and are never dialled: each has its result. */
  cancelled: number;
  /** Their calls were under way: the workers that hold them were told to end them. */
  ending: number;
  /** There was nothing left to cancel. */
  ended: number;
}

/** A job as it was queued. */
export type QueuedJob = CallJob & {
  /**
   * What the adder should know, in sentences: that no worker takes the lane now. The property is not enumerable, so that the
   * job can be stored, or added again, as it is.
   */
  readonly warnings: readonly string[];
  /** Whether this very job, with the same content, was queued before; not enumerable either. */
  readonly wasQueuedBefore: boolean;
};

/** Limits of a lane, which hold across all workers. */
export interface LaneLimits {
  /** Calls begun a second, evenly spaced over all workers; null: no limit; absent: as it was. */
  callsPerSecond?: number | null;
  /** Calls at once, over all workers; 0: no call begins; null: no limit; absent: as it was. */
  concurrency?: number | null;
}

/** Jobs that were read piece by piece, and how many of them were queued before. */
export interface EnqueuedChunks {
  jobs: number;
  before: number;
}

import type { CallResult, EndedRecord } from '@outdial/contract';
import type { LivePhase } from './entry.js';

/** The answer to `claim`. Only `claimed` allows an INVITE. */
export type ClaimAnswer =
  | { kind: 'claimed'; token: string }
  /** A cancel came while nobody held the job: settle it with a null token, never dial it. */
  | { kind: 'cancelled' }
  /** Somebody (perhaps this very worker) holds a claim. `isAlive`: its heartbeat is. */
  | { kind: 'held'; workerId: string; isAlive: boolean }
  /** The outcome is on record: publish that if it is not published yet, never dial. */
  | { kind: 'settled'; result: CallResult; isPublished: boolean }
  /** The claimant has no live heartbeat, so it may not dial. */
  | { kind: 'workerLost' };

/** `lost` means, here and below: the claim is not the caller's any more, and nothing was written. */
export type RecordAnswer = 'recorded' | 'lost';

/** `unclaimed`: it may be claimed again. `cancelled`: likewise, but a cancel came meanwhile. */
export type UnclaimAnswer = 'unclaimed' | 'cancelled' | 'settled' | 'lost';

export type SettleAnswer =
  | { kind: 'settled' }
  /** An earlier outcome stands; it is the one to publish. */
  | { kind: 'already'; result: CallResult }
  | { kind: 'lost' }
  /** Only with a null token: a worker holds a claim, so the outcome is that worker's to record. */
  | { kind: 'held'; workerId: string };

export type EndAnswer =
  | { kind: 'ended' }
  | { kind: 'already'; ended: EndedRecord }
  | { kind: 'lost' }
  /** No result is recorded yet: settle first. */
  | { kind: 'unsettled' };

/** `unfinished`: no result yet, or it was answered and its ended record is missing. */
export type ReleaseAnswer = 'released' | 'lost' | 'unfinished';

export type LeaveAnswer = 'left' | 'lost';

export type CancelAnswer =
  /** Nobody had claimed it: the given result is recorded now, and it will never be dialled. */
  | { phase: 'waiting' }
  /** The owner was told. */
  | { phase: LivePhase; workerId: string; isAlive: boolean }
  | { phase: 'ended'; result: CallResult; ended: EndedRecord | null };

/** The answer to `heartbeat`. */
export interface HeartbeatAnswer {
  /**
   * False when the worker was not registered: at its first heartbeat, after it was taken for lost and its calls
   * were taken over, or where Redis has forgotten it. Every call that it held before is lost then.
   */
  wasRegistered: boolean;
  /** Ids of calls that it holds and that somebody wants cancelled; repeated until they have ended. */
  cancels: string[];
}

export type OutcomeKind = 'result' | 'ended';

/** An outcome that is recorded but not known to be published. */
export type OutboxItem =
  | { kind: 'result'; jobId: string; record: CallResult }
  | { kind: 'ended'; jobId: string; record: EndedRecord };

/** An outcome in the outbox as it stands there; null: what stands there is no record. */
export type DueOutcome = OutboxItem | { kind: OutcomeKind; jobId: string; record: null };

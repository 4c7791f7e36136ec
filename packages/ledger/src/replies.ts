import type { CallResult, EndedRecord } from '@outdial/contract';
import type { LivePhase } from './entry.js';

/** The reply to `claim`. Only `claimed` allows an INVITE. */
export type ClaimReply =
  | { kind: 'claimed'; token: string }
  /** A cancel came while the job was not claimed: settle it with a null token, and do not dial it. */
  | { kind: 'cancelled' }
  /** A worker (perhaps the one that asks) holds a claim. `isAlive`: its lease is live. */
  | { kind: 'held'; workerId: string; isAlive: boolean }
  /** The job has a result: publish it if it is not published yet, and do not dial. */
  | { kind: 'settled'; result: CallResult; isPublished: boolean }
  /** The worker that asks has no live lease, so it may not dial. */
  | { kind: 'workerLost' }
  /** Only where a lane was given: it is paused or has a rate limit, so its turn has to come first. Nothing is claimed. */
  | { kind: 'turnNeeded' };

/**
 * The reply to `claimLeg`. Only `claimed` allows an INVITE. `over`: the call has ended or is to be cancelled, so it gets no
 * further leg. `workerLost`: its worker has no live lease. `lost`: the claim of the call is no longer the caller's.
 */
export type ClaimLegReply = 'claimed' | 'over' | 'workerLost' | 'lost';

/** `lost`, here and below: the claim is no longer the caller's, and nothing was written. */
export type RecordReply = 'recorded' | 'lost';

/** `unclaimed`: the job may be claimed again. `cancelled`: a cancel came meanwhile. `settled`: it has a result. */
export type UnclaimReply = 'unclaimed' | 'cancelled' | 'settled' | 'lost';

export type SettleReply =
  | { kind: 'settled' }
  /** An earlier result stands, and is the one to publish. */
  | { kind: 'already'; result: CallResult }
  | { kind: 'lost' }
  /** Only with a null token: a worker has claimed the job, and has to record its result. */
  | { kind: 'held'; workerId: string };

export type EndReply =
  | { kind: 'ended' }
  | { kind: 'already'; ended: EndedRecord }
  | { kind: 'lost' }
  /** No result is recorded yet: settle first. */
  | { kind: 'unsettled' };

/** `unfinished`: no result yet, or it was answered and its ended record is missing. */
export type ReleaseReply = 'released' | 'lost' | 'unfinished';

export type LeaveReply = 'left' | 'lost';

export type CancelReply =
  /** It was not claimed: the given result is recorded, and the job will never be dialled. */
  | { phase: 'waiting' }
  /** The worker that holds the call was told. `isAlive`: its lease is live. */
  | { phase: LivePhase; workerId: string; isAlive: boolean }
  | { phase: 'ended'; result: CallResult; ended: EndedRecord | null };

/** The reply to `heartbeat`. */
export interface HeartbeatReply {
  /**
   * False when the worker was not registered: at its first heartbeat, after its calls were taken over, or where Redis has
   * lost it. Every claim that it held before is lost then.
   */
  wasRegistered: boolean;
  /** Ids of its calls that are to be cancelled; repeated until the calls have ended. */
  cancels: string[];
}

export type OutcomeKind = 'result' | 'ended';

/** An outcome that is recorded and not known to be published. */
export type OutboxItem =
  | { kind: 'result'; jobId: string; record: CallResult }
  | { kind: 'ended'; jobId: string; record: EndedRecord };

/** An outcome in the outbox. `record` is null where it cannot be read. */
export type DueOutcome = OutboxItem | { kind: OutcomeKind; jobId: string; record: null };

import type { CallResult } from '@outdial/contract';

/**
 * The protocol that workers, a taker and a canceller follow for one job, as step machines over the real
 * ledger: each step is one ledger call, or one effect on the world outside. Small enough that every
 * interleaving can be walked, with a crash and a lost lease at every point.
 */
export const JOB = 'job-1';
/** Longer than it takes to walk everything: a lease is lost only where that is one of the things that happen. */
export const LEASE_MS = 24 * 3600 * 1000;

/** One actor: where it is in its program and what it remembers. All of it is lost when it crashes. */
export interface Actor {
  at: string;
  token?: string;
  /** It took a call over of which nothing was on record yet. */
  isBlind?: boolean;
  /** An agent's leg was asked for, or is on record. */
  hasAgent?: boolean;
  /** It got its claim although the campaign had been told that the job is cancelled. */
  isAfterCancel?: boolean;
  result?: CallResult;
  /** Its result is on record, as far as it knows. */
  isSettled?: boolean;
  /** The step that told it that its claim is lost, unless Redis has merely forgotten it. */
  lostAt?: string;
  /** Whose call it is to adopt. */
  of?: string;
}

/** Everything outside Redis. */
export interface World {
  actors: Record<string, Actor>;
  /** Workers whose lease ran out, which their own clocks tell them as well. */
  leaseLost: string[];
  faults: number;
  /** Redis has lost the last that was written. */
  hasForgotten: boolean;
  /** Who sent an INVITE. */
  invites: string[];
  /** Who sent an agent one. */
  agentInvites: string[];
  /** The campaign was told that the cancel is on its way. */
  isCancelled: boolean;
  /** INVITEs of claims that were given after that. */
  invitesAfterCancel: number;
  /** Whose calls the callee and the agent have, be they ringing or answered. */
  legsUp: string[];
  /** The distinct results and ended records that reached their queues. */
  results: string[];
  endedRecords: string[];
}

export function newWorld(): World {
  return {
    actors: {
      w1: { at: 'claim' },
      w2: { at: 'claim' },
      taker: { at: 'takeOver' },
      canceller: { at: 'cancel' },
    },
    leaseLost: [],
    faults: 0,
    hasForgotten: false,
    invites: [],
    agentInvites: [],
    isCancelled: false,
    invitesAfterCancel: 0,
    legsUp: [],
    results: [],
    endedRecords: [],
  };
}

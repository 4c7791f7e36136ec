import type { LedgerEntry, OutcomeKind } from '@outdial/ledger';
import type { OutcomeSuspicion } from './judge-outcome.js';
import { overdue } from './overdue.js';
import { lasting } from './suspicion.js';

/** A lost worker's calls are taken over within this time. */
const TAKEN_OVER_WITHIN_MS = 10_000;

/** What the ledger holds of a call at one moment. */
export interface HeldFacts {
  entry: LedgerEntry;
  now: number;
  /** Of every registered worker, when its lease runs out. */
  leases: ReadonlyMap<string, number>;
  /** Whether it is on its worker's list of calls; null: that was not asked. */
  isListed: boolean | null;
}

/** Whether a worker has it, or should: it was claimed, and something of it may be up. */
export function isHeld({ token, isReleased }: LedgerEntry): boolean {
  return token !== null && !isReleased;
}

/** A call that a worker holds: is somebody there who will end it? */
export function judgeHeld(facts: HeldFacts): OutcomeSuspicion[] {
  const { entry, now, leases, isListed } = facts;
  const workerId = entry.workerId ?? '';
  const mark = `${entry.token}`;
  const lease = leases.get(workerId) ?? null;
  if (lease === null || lease + TAKEN_OVER_WITHIN_MS < now) {
    const since = lease === null || lease === 0 ? entry.claimedAt : lease;
    const gone = lease === null ? 'is not registered' : `has been gone for ${lasting(now - (since ?? now))}`;
    const seen = `${whereabouts(entry)}; its worker ${workerId} ${gone}, and ${whyAbandoned(facts)}`;
    return [{ code: 'CALL_ABANDONED', seen, since, mark }];
  }
  if (isListed === false) {
    const seen = `${whereabouts(entry)}, and is not on the list of its worker ${workerId}`;
    return [{ code: 'CALL_UNLISTED', seen, since: entry.claimedAt, mark }];
  }
  const late = overdue(entry, now);
  if (late === null) return [];
  const seen = `${whereabouts(entry)} at worker ${workerId}: ${late.seen}`;
  return [{ code: 'CALL_OVERDUE', seen, since: late.since, mark }];
}

function whyAbandoned({ now, leases, isListed }: HeldFacts): string {
  const isAnybodyAlive = [...leases.values()].some((until) => until > now);
  if (!isAnybodyAlive) return 'no worker is alive to take the call over';
  return isListed === false
    ? 'the call is not on its list, so that nobody can take it over'
    : 'nobody has taken the call over';
}

/** An answered call that is over has an ended record. */
export function judgeEnding(entry: LedgerEntry): OutcomeSuspicion[] {
  const { result, ended, isReleased, settledAt, token } = entry;
  if (!isReleased || ended !== null || result?.timings?.answeredAt === undefined) return [];
  const seen = 'the call was answered and is over, and there is no ended record of it';
  return [{ code: 'ENDED_MISSING', seen, since: settledAt, mark: `${token}` }];
}

/** When an outcome was recorded, in epoch milliseconds. */
export function recordedAt(entry: LedgerEntry, kind: OutcomeKind): number | null {
  return kind === 'result' ? entry.settledAt : (entry.ended?.timings?.endedAt ?? null);
}

function whereabouts({ phase, takenFrom }: LedgerEntry): string {
  const state = phase === 'ended' ? 'the call has ended and is not released' : `the call is ${phase}`;
  return takenFrom === null ? state : `${state}, taken over from ${takenFrom}`;
}

import type { LedgerEntry, OutcomeKind } from '@outdial/ledger';
import { formatDuration } from '../scan/suspicion.js';
import type { OutcomeSuspicion } from './check-outcome.js';
import { overdue } from './overdue.js';

/** The calls of a lost worker are taken over within this time. */
const TAKEN_OVER_WITHIN_MS = 10_000;

/** A call in the ledger at one moment. */
export interface HeldFacts {
  entry: LedgerEntry;
  now: number;
  /** When the lease of each registered worker runs out. */
  leases: ReadonlyMap<string, number>;
  /** Whether it is on its worker's list of calls; null: unknown. */
  isListed: boolean | null;
}

/** Whether a worker has to hold it: it was claimed, and something of it may be up. */
export function isHeld({ token, isReleased }: LedgerEntry): boolean {
  return token !== null && !isReleased;
}

/** Checks a call that a worker has to hold: the worker must be there to end it. */
export function checkHeld(facts: HeldFacts): OutcomeSuspicion[] {
  const { entry, now, leases, isListed } = facts;
  const workerId = entry.workerId ?? '';
  const mark = `${entry.token}`;
  const lease = leases.get(workerId) ?? null;
  if (lease === null || lease + TAKEN_OVER_WITHIN_MS < now) {
    const since = lease === null || lease === 0 ? entry.claimedAt : lease;
    const gone =
      lease === null ? 'is not registered' : `has been gone for ${formatDuration(now - (since ?? now))}`;
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
  const isAnyWorkerAlive = [...leases.values()].some((until) => until > now);
  if (!isAnyWorkerAlive) return 'no worker is alive to take the call over';
  return isListed === false
    ? 'the call is not on its list, so that no worker can take it over'
    : 'no worker has taken the call over';
}

/** An answered call that is over must have an ended record. */
export function checkEnding(entry: LedgerEntry): OutcomeSuspicion[] {
  const { result, ended, isReleased, settledAt, token } = entry;
  if (!isReleased || ended !== null || result?.timings?.answeredAt === undefined) return [];
  const seen = 'the call was answered and is over, and there is no ended record of it';
  return [{ code: 'ENDED_MISSING', seen, since: settledAt, mark: `${token}` }];
}

/** When an outcome was recorded, in epoch milliseconds. */
export function recordedAt(entry: LedgerEntry, kind: OutcomeKind): number | null {
  return kind === 'result' ? entry.settledAt : (entry.ended?.timings?.endedAt ?? null);
}

function whereabouts({ phase, takenFrom, legs }: LedgerEntry): string {
  const others = legs.length > 1 ? ` with ${legs.length - 1} further leg${legs.length > 2 ? 's' : ''}` : '';
  const state =
    phase === 'ended' ? `the call${others} has ended and is not released` : `the call is ${phase}${others}`;
  return takenFrom === null ? state : `${state}, taken over from ${takenFrom}`;
}

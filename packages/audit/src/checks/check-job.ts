import { TIME_LIMITS } from '@outdial/contract';
import type { QueueLists, QueueRecord } from '../read/queue-view.js';
import type { Retention } from '../read/retention.js';
import { CLOCKS_DIFFER_MS, formatDuration, type Suspicion } from '../scan/suspicion.js';

/** Within this time the job of a worker that died is handed out again. */
const HANDED_OUT_WITHIN_MS = 15_000;
/** A live worker waits for its servers no longer than that, and then claims the job or puts it back; plus a minute. */
const CLAIMED_WITHIN_MS = (TIME_LIMITS.serverWaitSecondsMax + 60) * 1000;
/** The lane and the ledger are written one after the other, within this time. */
const SETTLED_WITHIN_MS = 10_000;

/** One job in its lane and in the ledger, at one moment. */
export interface JobFacts {
  jobId: string;
  lane: string;
  now: number;
  queued: QueueRecord;
  lists: QueueLists;
  /** Whether the worker that took it renews its lock. */
  isLocked: boolean;
  hasEntry: boolean;
  isClaimed: boolean;
  hasResult: boolean;
  /** Whether the results queue has its result. */
  isResultQueued: boolean;
  /** When the retention of its entry began; null: unknown. */
  finishedAt: number | null;
  /** Whether any worker's lease is live. */
  isAnyWorkerAlive: boolean;
  retention: Retention;
}

/** Checks a job in its lane: it must have a result, or be on its way to one. */
export function checkJob(facts: JobFacts): Suspicion[] {
  const { queued, hasResult } = facts;
  if (hasResult) return [];
  const finished = (['failed', 'completed'] as const).find((name) => queued.score(name) !== null);
  if (finished !== undefined) return checkFinished(facts, finished);
  if (queued.sets.length > 0) return [];
  if (facts.lists.active.has(queued.id)) return checkTaken(facts);
  return facts.lists.waiting.has(queued.id) ? [] : checkUnlisted(facts);
}

function checkFinished(facts: JobFacts, state: 'failed' | 'completed'): Suspicion[] {
  const { queued, now, hasEntry, finishedAt, isResultQueued, retention } = facts;
  const endedAt = queued.score(state) ?? 0;
  if (endedAt + SETTLED_WITHIN_MS > now) return [];
  // Where the results queue has its result, the missing entry is found when that result is checked.
  if (!hasEntry) {
    if (isResultQueued) return [];
    if (!retention.holdsEntry({ now, endedAt, finishedAt, keptForMs: queued.keptForMs })) return [];
  }
  const ledger = hasEntry ? 'the ledger has no result of it' : 'the ledger knows nothing of it';
  if (state === 'failed') return [suspect(facts, 'JOB_FAILED', `BullMQ failed it, and ${ledger}`, endedAt)];
  return [suspect(facts, 'RESULT_MISSING', `its lane is done with it, and ${ledger}`, endedAt)];
}

/** A worker has taken it and not claimed it: the worker prepares the call, or it died and the job is handed out again. */
function checkTaken(facts: JobFacts): Suspicion[] {
  const { queued, now, isClaimed, isLocked, isAnyWorkerAlive } = facts;
  if (isClaimed) return [];
  const takenAt = queued.number('processedOn');
  const tookLong = (ms: number) => takenAt === null || takenAt + ms < now;
  const age = takenAt === null ? '' : ` ${formatDuration(now - takenAt)} ago`;
  if (isLocked) {
    if (!tookLong(CLAIMED_WITHIN_MS)) return [];
    const seen = `a worker took it${age}, holds it, and has neither claimed nor settled it`;
    return [suspect(facts, 'JOB_STUCK', seen, takenAt)];
  }
  // Without workers all jobs wait, including those of a dead worker.
  if (!isAnyWorkerAlive || !tookLong(HANDED_OUT_WITHIN_MS)) return [];
  const seen = `a worker took it${age} and no longer holds it, and none has taken it since: does one take lane ${facts.lane}?`;
  return [suspect(facts, 'JOB_STUCK', seen, takenAt)];
}

function checkUnlisted(facts: JobFacts): Suspicion[] {
  const { queued, lists, isClaimed } = facts;
  const enqueuedAt = queued.number('timestamp') ?? 0;
  // It is newer than the lists that were read, or it is claimed and the ledger has to bring its result.
  if (isClaimed || enqueuedAt + CLOCKS_DIFFER_MS > lists.readAt) return [];
  const seen = 'its lane has its record, but none of its lists names it, so that no worker will take it';
  return [suspect(facts, 'JOB_LOST', seen, enqueuedAt || null)];
}

function suspect(
  { jobId, lane, queued }: JobFacts,
  code: Suspicion['code'],
  seen: string,
  since: number | null,
): Suspicion {
  return { jobId, lane, code, seen, since, mark: queued.handedOut };
}

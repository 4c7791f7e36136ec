import type { QueueLists, QueueRecord } from './queue-view.js';
import type { Retention } from './retention.js';
import { lasting, type Suspicion } from './suspicion.js';

/** The lane gives the job of a worker that died to another within this time. */
const HANDED_OUT_WITHIN_MS = 15_000;
/** A worker that lives waits for its servers for an hour at most (`telephony.serverWaitSeconds`), and claims or lets go then. */
const CLAIMED_WITHIN_MS = 3_660_000;
/** For what the lane and the ledger say one after the other. */
const SETTLED_WITHIN_MS = 10_000;
/** Apps and Redis may disagree so much on the time. */
const CLOCKS_DIFFER_MS = 1000;

/** What a lane and the ledger hold of one job at one moment. */
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
  /** When the ledger's retention of its entry began; null where that is not known (any more). */
  finishedAt: number | null;
  /** Whether any worker's lease is live. */
  isAnyWorkerAlive: boolean;
  retention: Retention;
}

/** A job in its lane: with a result, or on its way to one. */
export function judgeJob(facts: JobFacts): Suspicion[] {
  const { queued, hasResult } = facts;
  if (hasResult) return [];
  const finished = (['failed', 'completed'] as const).find((name) => queued.score(name) !== null);
  if (finished !== undefined) return judgeFinished(facts, finished);
  if (queued.sets.length > 0) return [];
  if (facts.lists.active.has(queued.id)) return judgeTaken(facts);
  return facts.lists.waiting.has(queued.id) ? [] : judgeUnlisted(facts);
}

function judgeFinished(facts: JobFacts, state: 'failed' | 'completed'): Suspicion[] {
  const { queued, now, hasEntry, finishedAt, isResultQueued, retention } = facts;
  const endedAt = queued.score(state) ?? 0;
  if (endedAt + SETTLED_WITHIN_MS > now) return [];
  // With its result in the queue it is the entry that is missing, and the result's own audit says so.
  if (!hasEntry) {
    if (isResultQueued) return [];
    if (!retention.holdsEntry({ now, endedAt, finishedAt, keptForMs: queued.keptForMs })) return [];
  }
  const ledger = hasEntry ? 'the ledger has no result of it' : 'the ledger knows nothing of it';
  if (state === 'failed') return [suspect(facts, 'JOB_FAILED', `BullMQ failed it, and ${ledger}`, endedAt)];
  return [suspect(facts, 'RESULT_MISSING', `its lane is done with it, and ${ledger}`, endedAt)];
}

/** Taken by a worker, and not claimed yet: the worker prepares its call, or died and the lane hands it out again. */
function judgeTaken(facts: JobFacts): Suspicion[] {
  const { queued, now, isClaimed, isLocked, isAnyWorkerAlive } = facts;
  if (isClaimed) return [];
  const takenAt = queued.number('processedOn');
  const tookLong = (ms: number) => takenAt === null || takenAt + ms < now;
  const age = takenAt === null ? '' : ` ${lasting(now - takenAt)} ago`;
  if (isLocked) {
    if (!tookLong(CLAIMED_WITHIN_MS)) return [];
    const seen = `a worker took it${age}, holds it, and has neither claimed nor settled it`;
    return [suspect(facts, 'JOB_STUCK', seen, takenAt)];
  }
  // Without workers all jobs wait, those of a dead one too: nobody was dialled for it.
  if (!isAnyWorkerAlive || !tookLong(HANDED_OUT_WITHIN_MS)) return [];
  const seen = `a worker took it${age} and let go of it, and none has taken it since: does one take lane ${facts.lane}?`;
  return [suspect(facts, 'JOB_STUCK', seen, takenAt)];
}

function judgeUnlisted(facts: JobFacts): Suspicion[] {
  const { queued, lists, isClaimed } = facts;
  const enqueuedAt = queued.number('timestamp') ?? 0;
  // Newer than the lists that were read; or its call is on, and the ledger sees to its result.
  if (isClaimed || enqueuedAt + CLOCKS_DIFFER_MS > lists.readAt) return [];
  const seen = 'its lane has it, and in none of its lists, so that no worker will take it';
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

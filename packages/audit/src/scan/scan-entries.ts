import type { LedgerEntry } from '@outdial/ledger';
import { checkEnding, checkHeld, isHeld, recordedAt } from '../checks/check-entry.js';
import { checkOutcome, type OutcomeSuspicion } from '../checks/check-outcome.js';
import type { AuditContext } from '../context.js';
import type { QueueLists } from '../read/queue-view.js';
import {
  type EntryReading,
  FULL_READ,
  type ParsedEntry,
  QUICK_READ,
  readEntries,
} from '../read/read-entries.js';
import { Snapshot } from '../read/snapshot.js';
import type { ScanResult, SubjectOf } from './subject.js';

type Entry = SubjectOf<'entry'>;

/** Compares the ledger's entries with the workers, the outbox, and the queues of outcomes. */
export async function scanEntries(subjects: readonly Entry[], context: AuditContext): Promise<ScanResult> {
  const done: EntryReading[] = [];
  const others: Entry[] = [];
  for (const reading of await readEntries(subjects, context, QUICK_READ)) {
    if (isDone(reading, await context.lists(context.outcomes('result', reading.resultsQueue))))
      done.push(reading);
    else others.push(withWorker(reading.subject, reading.parsed));
  }
  const inFull = await readEntries(others, context, FULL_READ);
  const result: ScanResult = { found: 0, suspects: [] };
  for (const reading of [...done, ...inFull]) {
    const { subject, parsed } = reading;
    const lane = laneOf(parsed);
    if (!context.isAudited(lane)) continue;
    if (parsed !== null) result.found += 1;
    const suspicions = await checkEntry(reading, context);
    result.suspects.push(
      ...suspicions.map((suspicion) => ({
        subject,
        suspicion: { jobId: subject.jobId, lane, ...suspicion },
      })),
    );
  }
  return result;
}

/** Whether a quick read has shown that nothing is wrong, as it does for most calls. */
function isDone({ subject, parsed, outcomes }: EntryReading, { waiting }: QueueLists): boolean {
  const queued = outcomes[0]?.queued;
  if (subject.workerId !== undefined || parsed === null || 'problem' in parsed || !queued?.exists)
    return false;
  const { entry, hash } = parsed;
  const isOver = entry.isReleased && entry.isResultPublished && entry.ended === null;
  const isConsumed = queued.score('completed') !== null;
  const isInOnePlace = isConsumed !== waiting.has(queued.id) && !waiting.isRepeated(queued.id);
  return isOver && isInOnePlace && hash.result === queued.data;
}

function withWorker(subject: Entry, parsed: ParsedEntry): Entry {
  const workerId = parsed !== null && 'entry' in parsed ? parsed.entry.workerId : null;
  return workerId === null || subject.workerId !== undefined ? subject : { ...subject, workerId };
}

function laneOf(parsed: ParsedEntry): string | null {
  if (parsed === null || 'problem' in parsed) return null;
  const lane = parsed.entry.result?.lane ?? parsed.entry.job?.lane;
  return typeof lane === 'string' ? lane : null;
}

async function checkEntry(reading: EntryReading, context: AuditContext): Promise<OutcomeSuspicion[]> {
  const { parsed, now, leases } = reading;
  if (parsed === null) return checkMissingEntry(reading);
  if ('problem' in parsed) {
    const seen = `the ledger's entry cannot be read: ${parsed.problem}`;
    return [{ code: 'ENTRY_UNREADABLE', seen, since: null, mark: '' }];
  }
  const { entry } = parsed;
  // The list that was read may be that of another worker, which the call was taken over from meanwhile.
  const isListed = reading.subject.workerId === entry.workerId ? reading.isListed : null;
  return [
    ...(isHeld(entry) ? checkHeld({ entry, now, leases, isListed }) : []),
    ...(entry.token === null && entry.result === null ? await checkCancelled(entry, now, context) : []),
    ...checkEnding(entry),
    ...(await checkOutcomes(reading, parsed, context)),
  ];
}

/** There is no entry. That is a problem only where something names it. */
function checkMissingEntry({ subject, isListed, outcomes }: EntryReading): OutcomeSuspicion[] {
  const waiting = outcomes.find(({ inOutboxSince }) => inOutboxSince !== null);
  if (isListed !== true && waiting === undefined) return [];
  const where = isListed === true ? `worker ${subject.workerId} has its call` : 'the outbox has its outcome';
  const since = waiting?.inOutboxSince ?? null;
  return [{ code: 'ENTRY_MISSING', seen: `${where}, and the ledger has no entry of it`, since, mark: '' }];
}

/** It was cancelled while it was not claimed. It gets its result when a worker takes it, so a lane must still have it. */
async function checkCancelled(
  entry: LedgerEntry,
  now: number,
  context: AuditContext,
): Promise<OutcomeSuspicion[]> {
  const { jobId, cancelRequestedAt } = entry;
  const snapshot = new Snapshot();
  const records = context.lanes.map((lane) => context.lane(lane).askRecord(snapshot, jobId));
  await snapshot.take(context.access);
  const isInLane = records.some(
    (record) => record.exists && record.score('completed') === null && record.score('failed') === null,
  );
  if (isInLane || (cancelRequestedAt ?? now) + 10_000 > now) return [];
  const seen = 'it was cancelled, no lane has it, and the ledger has no result of it';
  return [{ code: 'RESULT_MISSING', seen, since: cancelRequestedAt, mark: '' }];
}

async function checkOutcomes(
  { outcomes, now, resultsQueue }: EntryReading,
  { entry, hash }: { entry: LedgerEntry; hash: Readonly<Record<string, string>> },
  context: AuditContext,
): Promise<OutcomeSuspicion[]> {
  const suspicions: OutcomeSuspicion[] = [];
  for (const { kind, inOutboxSince, queued, oldestKept } of outcomes) {
    const recorded = hash[kind];
    if (recorded === undefined) continue;
    suspicions.push(
      ...checkOutcome({
        kind,
        now,
        recorded,
        isPublished: kind === 'result' ? entry.isResultPublished : entry.isEndedPublished,
        recordedAt: recordedAt(entry, kind),
        inOutboxSince,
        queued,
        lists: await context.lists(context.outcomes(kind, resultsQueue)),
        retention: context.retention,
        oldestKept,
      }),
    );
  }
  return suspicions;
}

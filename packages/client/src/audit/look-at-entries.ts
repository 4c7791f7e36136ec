import type { LedgerEntry } from '@outdial/ledger';
import { isHeld, judgeEnding, judgeHeld, recordedAt } from './judge-entry.js';
import { judgeOutcome, type OutcomeSuspicion } from './judge-outcome.js';
import type { QueueLists } from './queue-view.js';
import type { Scene } from './scene.js';
import { CLOSE_LOOK, type EntryReading, type EntrySight, GLANCE, seeEntries } from './see-entries.js';
import { Snapshot } from './snapshot.js';
import type { Look, SubjectOf } from './subject.js';

type Entry = SubjectOf<'entry'>;

/** Compares the ledger's entries with the workers, the outbox, and the queues of outcomes. */
export async function lookAtEntries(subjects: readonly Entry[], scene: Scene): Promise<Look> {
  const results = await scene.lists(scene.outcomes('result'));
  const done: EntrySight[] = [];
  const others: Entry[] = [];
  for (const sight of await seeEntries(subjects, scene, GLANCE)) {
    if (isDone(sight, results)) done.push(sight);
    else others.push(withWorker(sight.subject, sight.reading));
  }
  const close = await seeEntries(others, scene, CLOSE_LOOK);
  const look: Look = { found: 0, suspects: [] };
  for (const sight of [...done, ...close]) {
    const { subject, reading } = sight;
    const lane = laneOf(reading);
    if (!scene.isAudited(lane)) continue;
    if (reading !== null) look.found += 1;
    const suspicions = await judge(sight, scene);
    look.suspects.push(
      ...suspicions.map((suspicion) => ({
        subject,
        suspicion: { jobId: subject.jobId, lane, ...suspicion },
      })),
    );
  }
  return look;
}

/** Whether a glance has shown that nothing is wrong: as a rule it has, since most calls are over. */
function isDone({ subject, reading, outcomes }: EntrySight, { waiting }: QueueLists): boolean {
  const queued = outcomes[0]?.queued;
  if (subject.workerId !== undefined || reading === null || 'problem' in reading || !queued?.exists)
    return false;
  const { entry, hash } = reading;
  const isOver = entry.isReleased && entry.isResultPublished && entry.ended === null;
  const isConsumed = queued.score('completed') !== null;
  const isInOnePlace = isConsumed !== waiting.has(queued.id) && !waiting.isRepeated(queued.id);
  return isOver && isInOnePlace && hash.result === queued.data;
}

function withWorker(subject: Entry, reading: EntryReading): Entry {
  const workerId = reading !== null && 'entry' in reading ? reading.entry.workerId : null;
  return workerId === null || subject.workerId !== undefined ? subject : { ...subject, workerId };
}

function laneOf(reading: EntryReading): string | null {
  if (reading === null || 'problem' in reading) return null;
  const lane = reading.entry.result?.lane ?? reading.entry.job?.lane;
  return typeof lane === 'string' ? lane : null;
}

async function judge(sight: EntrySight, scene: Scene): Promise<OutcomeSuspicion[]> {
  const { reading, now, leases } = sight;
  if (reading === null) return judgeMissing(sight);
  if ('problem' in reading) {
    const seen = `the ledger's entry cannot be read: ${reading.problem}`;
    return [{ code: 'ENTRY_UNREADABLE', seen, since: null, mark: '' }];
  }
  const { entry } = reading;
  // Its list may have been asked for by the name of another worker, that it was taken over from meanwhile.
  const isListed = sight.subject.workerId === entry.workerId ? sight.isListed : null;
  return [
    ...(isHeld(entry) ? judgeHeld({ entry, now, leases, isListed }) : []),
    ...(entry.token === null && entry.result === null ? await judgeCancelled(entry, now, scene) : []),
    ...judgeEnding(entry),
    ...(await judgeOutcomes(sight, reading, scene)),
  ];
}

/** There is no entry, and nothing wrong with that unless something names it. */
function judgeMissing({ subject, isListed, outcomes }: EntrySight): OutcomeSuspicion[] {
  const waiting = outcomes.find(({ inOutboxSince }) => inOutboxSince !== null);
  if (isListed !== true && waiting === undefined) return [];
  const where = isListed === true ? `worker ${subject.workerId} has its call` : 'the outbox has its outcome';
  const since = waiting?.inOutboxSince ?? null;
  return [{ code: 'ENTRY_MISSING', seen: `${where}, and the ledger knows nothing of it`, since, mark: '' }];
}

/** It was cancelled when nobody held it: it has its result once a worker takes it, so some lane must still have it. */
async function judgeCancelled(entry: LedgerEntry, now: number, scene: Scene): Promise<OutcomeSuspicion[]> {
  const { jobId, cancelRequestedAt } = entry;
  const snapshot = new Snapshot();
  const records = scene.lanes.map((lane) => scene.lane(lane).askRecord(snapshot, jobId));
  await snapshot.take(scene.access);
  const isInLane = records.some(
    (record) => record.exists && record.score('completed') === null && record.score('failed') === null,
  );
  if (isInLane || (cancelRequestedAt ?? now) + 10_000 > now) return [];
  const seen = 'it was cancelled, no lane has it any more, and the ledger has no result of it';
  return [{ code: 'RESULT_MISSING', seen, since: cancelRequestedAt, mark: '' }];
}

async function judgeOutcomes(
  { outcomes, now }: EntrySight,
  { entry, hash }: { entry: LedgerEntry; hash: Readonly<Record<string, string>> },
  scene: Scene,
): Promise<OutcomeSuspicion[]> {
  const suspicions: OutcomeSuspicion[] = [];
  for (const { kind, inOutboxSince, queued, oldestKept } of outcomes) {
    const recorded = hash[kind];
    if (recorded === undefined) continue;
    suspicions.push(
      ...judgeOutcome({
        kind,
        now,
        recorded,
        isPublished: kind === 'result' ? entry.isResultPublished : entry.isEndedPublished,
        recordedAt: recordedAt(entry, kind),
        inOutboxSince,
        queued,
        lists: await scene.lists(scene.outcomes(kind)),
        retention: scene.retention,
        oldestKept,
      }),
    );
  }
  return suspicions;
}

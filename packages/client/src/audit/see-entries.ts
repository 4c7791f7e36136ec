import {
  LEDGER_PHASES,
  type LedgerEntry,
  ledgerKeys,
  type OutcomeKind,
  outcomeJobId,
  toEntry,
} from '@outdial/ledger';
import type { QueueRecord, QueueView } from './queue-view.js';
import { timeOf } from './retention.js';
import type { Scene } from './scene.js';
import { type Answer, Snapshot } from './snapshot.js';
import type { SubjectOf } from './subject.js';

/** An entry as it could be read, with its hash as it stands in Redis; null: there is none. */
export type EntryReading =
  | { entry: LedgerEntry; hash: Readonly<Record<string, string>> }
  | { problem: string }
  | null;

/** All that one moment showed of an entry. */
export interface EntrySight {
  subject: SubjectOf<'entry'>;
  reading: EntryReading;
  now: number;
  leases: ReadonlyMap<string, number>;
  isListed: boolean | null;
  outcomes: Array<{
    kind: OutcomeKind;
    inOutboxSince: number | null;
    queued: QueueRecord;
    oldestKept: Array<number | null>;
  }>;
}

/** How much is asked for: most calls are over, and for those a glance will do. */
interface Depth {
  kinds: readonly OutcomeKind[];
  record: Parameters<QueueView['askRecord']>[2];
}

export const GLANCE: Depth = { kinds: ['result'], record: { sets: ['completed'], withData: true } };
export const CLOSE_LOOK: Depth = { kinds: ['result', 'ended'], record: { withData: true } };

/** Looks at entries, each together with all that is to fit it. */
export async function seeEntries(
  subjects: ReadonlyArray<SubjectOf<'entry'>>,
  scene: Scene,
  { kinds, record }: Depth,
): Promise<EntrySight[]> {
  const keys = ledgerKeys(scene.prefix);
  const snapshot = new Snapshot();
  const time = snapshot.ask('time');
  const leases = snapshot.ask('zrange', keys.workers, 0, -1, 'WITHSCORES');
  const oldest = new Map(
    kinds.map((kind) => [
      kind,
      ['completed', 'failed'].map((set) =>
        snapshot.ask('zrange', scene.outcomes(kind).key(set), 0, 0, 'WITHSCORES'),
      ),
    ]),
  );
  const answers = subjects.map((subject) => ({
    subject,
    entry: snapshot.ask('hgetall', keys.call(subject.jobId)),
    listed:
      subject.workerId === undefined
        ? null
        : snapshot.ask('sismember', keys.workerCalls(subject.workerId), subject.jobId),
    outcomes: kinds.map((kind) => {
      const queue = scene.outcomes(kind);
      const id = outcomeJobId(subject.jobId);
      return {
        kind,
        outbox: snapshot.ask('zscore', keys.outbox, `${kind}:${subject.jobId}`),
        queued: queue.askRecord(snapshot, id, record),
      };
    }),
  }));
  await snapshot.take(scene.access);
  const common = { now: timeOf(time.texts()), leases: leases.scores() };
  return answers.map(({ subject, entry, listed, outcomes }) => ({
    ...common,
    subject,
    reading: readEntry(subject.jobId, entry),
    isListed: listed === null ? null : listed.number() === 1,
    outcomes: outcomes.map(({ kind, outbox, queued }) => ({
      kind,
      inOutboxSince: outbox.number(),
      queued,
      oldestKept: (oldest.get(kind) ?? []).map((answer) => [...answer.scores().values()][0] ?? null),
    })),
  }));
}

function readEntry(jobId: string, answer: Answer): EntryReading {
  if (answer.isWrongType) return { problem: 'it is not a hash' };
  const hash = Object.fromEntries(answer.pairs());
  try {
    const entry = toEntry(jobId, hash);
    if (entry === null) return null;
    const problem = problemOf(entry);
    return problem === null ? { entry, hash } : { problem };
  } catch (error) {
    return { problem: `it holds what is not JSON (${(error as Error).message.slice(0, 60)})` };
  }
}

function problemOf({ jobId, phase, token, result, ended, cancelRequestedAt }: LedgerEntry): string | null {
  if (!LEDGER_PHASES.includes(phase))
    return `there is no phase ${JSON.stringify(String(phase).slice(0, 40))}`;
  if (token === null && result === null && cancelRequestedAt === null)
    return 'it tells neither of a claim, nor of a cancel, nor of a result';
  for (const outcome of [result, ended]) {
    if (outcome !== null && outcome?.jobId !== jobId) return 'it holds the outcome of another job';
  }
  return null;
}

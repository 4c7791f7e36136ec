import { ledgerKeys, outcomeJobId, RESULTS_QUEUE } from '@outdial/contract';
import { LEDGER_PHASES, type LedgerEntry, type OutcomeKind, toEntry } from '@outdial/ledger';
import type { AuditContext } from '../context.js';
import type { SubjectOf } from '../scan/subject.js';
import type { QueueRecord, QueueView } from './queue-view.js';
import { resultsQueuesOfEntries } from './results-queues.js';
import { timeOf } from './retention.js';
import { type Answer, Snapshot } from './snapshot.js';

/** An entry with the hash that Redis has, or why it cannot be read; null: there is none. */
export type ParsedEntry =
  | { entry: LedgerEntry; hash: Readonly<Record<string, string>> }
  | { problem: string }
  | null;

/** An entry and everything that must fit it, as they were at one moment. */
export interface EntryReading {
  subject: SubjectOf<'entry'>;
  parsed: ParsedEntry;
  now: number;
  leases: ReadonlyMap<string, number>;
  isListed: boolean | null;
  /** The results queue that it names. */
  resultsQueue: string;
  outcomes: Array<{
    kind: OutcomeKind;
    inOutboxSince: number | null;
    queued: QueueRecord;
    oldestKept: Array<number | null>;
  }>;
}

/** How much is read. Most calls are over, and for those a quick read is enough. */
interface Depth {
  kinds: readonly OutcomeKind[];
  record: Parameters<QueueView['askRecord']>[2];
}

export const QUICK_READ: Depth = { kinds: ['result'], record: { sets: ['completed'], withData: true } };
export const FULL_READ: Depth = { kinds: ['result', 'ended'], record: { withData: true } };

/** Reads entries, each together with everything that must fit it, in one transaction. */
export async function readEntries(
  subjects: ReadonlyArray<SubjectOf<'entry'>>,
  context: AuditContext,
  { kinds, record }: Depth,
): Promise<EntryReading[]> {
  const keys = ledgerKeys(context.prefix);
  const resultsQueues = await resultsQueuesOfEntries(
    subjects.map(({ jobId }) => jobId),
    context,
  );
  const snapshot = new Snapshot();
  const time = snapshot.ask('time');
  const leases = snapshot.ask('zrange', keys.workers, 0, -1, 'WITHSCORES');
  const queues = new Set(
    resultsQueues.flatMap((resultsQueue) => kinds.map((kind) => context.outcomes(kind, resultsQueue))),
  );
  const oldest = new Map(
    [...queues].map((queue) => [
      queue,
      ['completed', 'failed'].map((set) => snapshot.ask('zrange', queue.key(set), 0, 0, 'WITHSCORES')),
    ]),
  );
  const answers = subjects.map((subject, index) => ({
    subject,
    resultsQueue: resultsQueues[index] ?? RESULTS_QUEUE,
    entry: snapshot.ask('hgetall', keys.call(subject.jobId)),
    listed:
      subject.workerId === undefined
        ? null
        : snapshot.ask('sismember', keys.workerCalls(subject.workerId), subject.jobId),
    outcomes: kinds.map((kind) => {
      const queue = context.outcomes(kind, resultsQueues[index] ?? RESULTS_QUEUE);
      const id = outcomeJobId(subject.jobId);
      return {
        kind,
        queue,
        outbox: snapshot.ask('zscore', keys.outbox, `${kind}:${subject.jobId}`),
        queued: queue.askRecord(snapshot, id, record),
      };
    }),
  }));
  await snapshot.take(context.access);
  const common = { now: timeOf(time.texts()), leases: leases.scores() };
  return answers.map(({ subject, resultsQueue, entry, listed, outcomes }) => ({
    ...common,
    subject,
    resultsQueue,
    parsed: parseEntry(subject.jobId, entry),
    isListed: listed === null ? null : listed.number() === 1,
    outcomes: outcomes.map(({ kind, queue, outbox, queued }) => ({
      kind,
      inOutboxSince: outbox.number(),
      queued,
      oldestKept: (oldest.get(queue) ?? []).map((answer) => [...answer.scores().values()][0] ?? null),
    })),
  }));
}

function parseEntry(jobId: string, answer: Answer): ParsedEntry {
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

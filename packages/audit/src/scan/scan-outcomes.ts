import { jobIdOfOutcome, ledgerKeys, outcomeJobId } from '@outdial/contract';
import { checkUnrecorded, type OutcomeSuspicion, outcomeCode, outcomeName } from '../checks/check-outcome.js';
import type { AuditContext } from '../context.js';
import type { QueueRecord } from '../read/queue-view.js';
import { timeOf } from '../read/retention.js';
import { Snapshot } from '../read/snapshot.js';
import type { ScanResult, SubjectOf } from './subject.js';
import { formatDuration } from './suspicion.js';

type Outcome = SubjectOf<'outcome'>;

/** Compares what is in the outcome queues with the ledger: it must be recorded there, and be here only once. */
export async function scanOutcomes(outcomes: readonly Outcome[], context: AuditContext): Promise<ScanResult> {
  const keys = ledgerKeys(context.prefix);
  const quick = new Snapshot();
  const answers = outcomes.map(({ outcome, id }) => {
    const jobId = jobIdOfOutcome(id);
    return jobId === null ? null : quick.ask('hexists', keys.call(jobId), outcome);
  });
  await quick.take(context.access);
  // A recorded one is compared where its entry is checked. For an audit of one lane, its data has to be read first.
  const unrecorded = context.isOfOneLane
    ? outcomes
    : outcomes.filter((_, index) => answers[index]?.number() !== 1);
  const { found, suspects } = await scanInFull(unrecorded, context);
  return { found: outcomes.length - unrecorded.length + found, suspects };
}

/** An outcome in its queue, with what the ledger has of its job. */
interface QueuedOutcome {
  subject: Outcome;
  queued: QueueRecord;
  now: number;
  /** Whether its id in the queue is the one that the outbox makes. */
  isOwn: boolean;
  /** Whether the queue has an outcome under that id. */
  isPublished: boolean;
  hasEntry: boolean;
  isRecorded: boolean;
  finishedAt: number | null;
}

async function scanInFull(outcomes: readonly Outcome[], context: AuditContext): Promise<ScanResult> {
  const labels = await readLabels(outcomes, context);
  const keys = ledgerKeys(context.prefix);
  const snapshot = new Snapshot();
  const time = snapshot.ask('time');
  const answers = labels.map(({ subject, jobId, lane }) => {
    const queue = context.outcomes(subject.outcome, subject.resultsQueue);
    const ownId = outcomeJobId(jobId);
    return {
      subject,
      jobId,
      lane,
      isOwn: subject.id === ownId,
      queued: queue.askRecord(snapshot, subject.id),
      published: snapshot.ask('exists', queue.key(ownId)),
      entry: snapshot.ask('exists', keys.call(jobId)),
      recorded: snapshot.ask('hexists', keys.call(jobId), subject.outcome),
      finishedAt: snapshot.ask('zscore', keys.finished, jobId),
    };
  });
  await snapshot.take(context.access);

  const now = timeOf(time.texts());
  const result: ScanResult = { found: 0, suspects: [] };
  for (const { subject, jobId, lane, isOwn, queued, ...answer } of answers) {
    if (!queued.exists || !context.isAudited(lane)) continue;
    result.found += 1;
    const suspicions = checkQueued(
      {
        subject,
        queued,
        now,
        isOwn,
        isPublished: answer.published.number() === 1,
        hasEntry: answer.entry.number() === 1,
        isRecorded: answer.recorded.number() === 1,
        finishedAt: answer.finishedAt.number(),
      },
      context,
    );
    result.suspects.push(
      ...suspicions.map((suspicion) => ({ subject, suspicion: { jobId, lane, ...suspicion } })),
    );
  }
  return result;
}

function checkQueued(outcome: QueuedOutcome, { retention }: AuditContext): OutcomeSuspicion[] {
  const { subject, queued, now, isOwn, finishedAt } = outcome;
  const kind = subject.outcome;
  const publishedAt = queued.number('timestamp') ?? 0;
  const common = { since: publishedAt || null, mark: queued.handedOut };
  if (!isOwn) {
    if (!outcome.isPublished && !outcome.isRecorded) return [];
    const seen = `its queue has another ${outcomeName(kind)} of it, as ${JSON.stringify(subject.id.slice(0, 100))}`;
    return [{ ...common, code: outcomeCode(kind, 'DUPLICATED'), seen }];
  }
  if (outcome.isRecorded) return [];
  if (outcome.hasEntry) return checkUnrecorded({ kind, now, queued, retention });
  const { keptForMs } = queued;
  if (!retention.holdsEntry({ now, endedAt: publishedAt, finishedAt, keptForMs })) return [];
  const seen = `its ${outcomeName(kind)} was published ${formatDuration(now - publishedAt)} ago, and the ledger has no entry of it`;
  return [{ ...common, code: 'ENTRY_MISSING', seen }];
}

/** The jobs that outcomes belong to. Outcomes whose id the outbox did not make, and that name no job, are left out. */
async function readLabels(
  outcomes: readonly Outcome[],
  context: AuditContext,
): Promise<Array<{ subject: Outcome; jobId: string; lane: string | null }>> {
  const snapshot = new Snapshot();
  const answers = outcomes.map(({ outcome, resultsQueue, id }) =>
    snapshot.ask('hmget', context.outcomes(outcome, resultsQueue).key(id), 'data'),
  );
  await snapshot.take(context.access);
  return outcomes.flatMap((subject, index) => {
    const data = readLabel(answers[index]?.texts()[0] ?? '');
    const jobId = jobIdOfOutcome(subject.id) ?? data.jobId;
    return jobId === null ? [] : [{ subject, jobId, lane: data.lane }];
  });
}

function readLabel(json: string): { jobId: string | null; lane: string | null } {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  try {
    const data: { jobId?: unknown; lane?: unknown } | null = JSON.parse(json);
    return { jobId: text(data?.jobId), lane: text(data?.lane) };
  } catch {
    return { jobId: null, lane: null };
  }
}

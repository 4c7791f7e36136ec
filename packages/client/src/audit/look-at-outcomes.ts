import { ledgerKeys, outcomeJobId } from '@outdial/ledger';
import { judgeUnrecorded, type OutcomeSuspicion, outcomeCode, outcomeName } from './judge-outcome.js';
import type { QueueRecord } from './queue-view.js';
import { timeOf } from './retention.js';
import type { Scene } from './scene.js';
import { Snapshot } from './snapshot.js';
import type { Look, SubjectOf } from './subject.js';
import { lasting } from './suspicion.js';

type Outcome = SubjectOf<'outcome'>;

/** Compares what is in the results and ended queues with the ledger: is it on record there, and only once here? */
export async function lookAtOutcomes(outcomes: readonly Outcome[], scene: Scene): Promise<Look> {
  const keys = ledgerKeys(scene.prefix);
  const glance = new Snapshot();
  const answers = outcomes.map(({ outcome, id }) => {
    const jobId = jobIdOf(id);
    return jobId === null ? null : glance.ask('hexists', keys.call(jobId), outcome);
  });
  await glance.take(scene.access);
  // One that is on record is compared where its entry is looked at; which lane it is of, its data tells.
  const unrecorded = scene.isOfOneLane
    ? outcomes
    : outcomes.filter((_, index) => answers[index]?.number() !== 1);
  const { found, suspects } = await lookClosely(unrecorded, scene);
  return { found: outcomes.length - unrecorded.length + found, suspects };
}

/** An outcome in its queue, and what the ledger knows of its job. */
interface QueuedOutcome {
  subject: Outcome;
  queued: QueueRecord;
  now: number;
  /** Whether its id in the queue is the one that the outbox gives. */
  isOwn: boolean;
  /** Whether the queue has one under the outbox's id. */
  isPublished: boolean;
  hasEntry: boolean;
  isRecorded: boolean;
  finishedAt: number | null;
}

async function lookClosely(outcomes: readonly Outcome[], scene: Scene): Promise<Look> {
  const labels = await readLabels(outcomes, scene);
  const keys = ledgerKeys(scene.prefix);
  const snapshot = new Snapshot();
  const time = snapshot.ask('time');
  const answers = labels.map(({ subject, jobId, lane }) => {
    const queue = scene.outcomes(subject.outcome);
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
  await snapshot.take(scene.access);

  const now = timeOf(time.texts());
  const look: Look = { found: 0, suspects: [] };
  for (const { subject, jobId, lane, isOwn, queued, ...answer } of answers) {
    if (!queued.exists || !scene.isAudited(lane)) continue;
    look.found += 1;
    const suspicions = judgeQueued(
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
      scene,
    );
    look.suspects.push(
      ...suspicions.map((suspicion) => ({ subject, suspicion: { jobId, lane, ...suspicion } })),
    );
  }
  return look;
}

function judgeQueued(outcome: QueuedOutcome, { retention }: Scene): OutcomeSuspicion[] {
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
  if (outcome.hasEntry) return judgeUnrecorded({ kind, now, queued, retention });
  const { keptForMs } = queued;
  if (!retention.holdsEntry({ now, endedAt: publishedAt, finishedAt, keptForMs })) return [];
  const seen = `its ${outcomeName(kind)} was published ${lasting(now - publishedAt)} ago, and the ledger knows nothing of it`;
  return [{ ...common, code: 'ENTRY_MISSING', seen }];
}

/** Whose outcomes they are. Those that nobody's outbox has put there, and that name no job, are left out. */
async function readLabels(
  outcomes: readonly Outcome[],
  scene: Scene,
): Promise<Array<{ subject: Outcome; jobId: string; lane: string | null }>> {
  const snapshot = new Snapshot();
  const answers = outcomes.map(({ outcome, id }) =>
    snapshot.ask('hmget', scene.outcomes(outcome).key(id), 'data'),
  );
  await snapshot.take(scene.access);
  return outcomes.flatMap((subject, index) => {
    const data = readLabel(answers[index]?.texts()[0] ?? '');
    const jobId = jobIdOf(subject.id) ?? data.jobId;
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

/** The job of an outcome by the id that the outbox gave it; null for one that was put there by others. */
function jobIdOf(outcomeId: string): string | null {
  if (!outcomeId.startsWith('of-')) return null;
  try {
    return decodeURIComponent(outcomeId.slice('of-'.length));
  } catch {
    return null;
  }
}

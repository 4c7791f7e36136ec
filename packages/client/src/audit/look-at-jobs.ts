import { ledgerJobId } from '@outdial/contract';
import { ledgerKeys, outcomeJobId } from '@outdial/ledger';
import { judgeJob } from './judge-job.js';
import { timeOf } from './retention.js';
import type { Scene } from './scene.js';
import { Snapshot } from './snapshot.js';
import type { Look, SubjectOf } from './subject.js';

type Job = SubjectOf<'job'>;

/** Compares jobs in their lanes with what the ledger and the results queue have of them. */
export async function lookAtJobs(jobs: readonly Job[], scene: Scene): Promise<Look> {
  const keys = ledgerKeys(scene.prefix);
  const glance = new Snapshot();
  const answers = jobs.map(({ id, lane }) =>
    glance.ask('hexists', keys.call(ledgerJobId(id, lane)), 'result'),
  );
  await glance.take(scene.access);
  const others: Job[] = [];
  for (const [index, job] of jobs.entries()) {
    const { waiting } = await scene.lists(scene.lane(job.lane));
    // With a result on record its entry tells the rest; and what waits has nothing to tell yet.
    if (answers[index]?.number() !== 1 && !waiting.has(job.id)) others.push(job);
  }
  const { found, suspects } = await lookClosely(others, scene);
  return { found: jobs.length - others.length + found, suspects };
}

async function lookClosely(jobs: readonly Job[], scene: Scene): Promise<Look> {
  const keys = ledgerKeys(scene.prefix);
  const results = scene.outcomes('result');
  const snapshot = new Snapshot();
  const time = snapshot.ask('time');
  const leases = snapshot.ask('zrange', keys.workers, 0, -1, 'WITHSCORES');
  const answers = jobs.map((job) => {
    const jobId = ledgerJobId(job.id, job.lane);
    const lane = scene.lane(job.lane);
    return {
      job,
      jobId,
      queued: lane.askRecord(snapshot, job.id),
      lock: snapshot.ask('exists', lane.key(`${job.id}:lock`)),
      entry: snapshot.ask('exists', keys.call(jobId)),
      token: snapshot.ask('hexists', keys.call(jobId), 'token'),
      result: snapshot.ask('hexists', keys.call(jobId), 'result'),
      published: snapshot.ask('exists', results.key(outcomeJobId(jobId))),
      finishedAt: snapshot.ask('zscore', keys.finished, jobId),
    };
  });
  await snapshot.take(scene.access);

  const now = timeOf(time.texts());
  const isAnyWorkerAlive = [...leases.scores().values()].some((until) => until > now);
  const look: Look = { found: 0, suspects: [] };
  for (const { job, jobId, queued, lock, entry, token, result, published, finishedAt } of answers) {
    const lists = await scene.lists(scene.lane(job.lane));
    if (!queued.exists && !lists.active.has(job.id)) continue;
    look.found += 1;
    const suspicions = judgeJob({
      jobId,
      lane: job.lane,
      now,
      queued,
      lists,
      isLocked: lock.number() === 1,
      hasEntry: entry.number() === 1,
      isClaimed: token.number() === 1,
      hasResult: result.number() === 1,
      isResultQueued: published.number() === 1,
      finishedAt: finishedAt.number(),
      isAnyWorkerAlive,
      retention: scene.retention,
    });
    look.suspects.push(...suspicions.map((suspicion) => ({ subject: job, suspicion })));
  }
  return look;
}

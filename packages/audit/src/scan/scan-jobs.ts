import { ledgerJobId, ledgerKeys, outcomeJobId, RESULTS_QUEUE } from '@outdial/contract';
import { checkJob } from '../checks/check-job.js';
import type { AuditContext } from '../context.js';
import { resultsQueuesOfJobs } from '../read/results-queues.js';
import { timeOf } from '../read/retention.js';
import { Snapshot } from '../read/snapshot.js';
import type { ScanResult, SubjectOf } from './subject.js';

type Job = SubjectOf<'job'>;

/** Compares jobs in their lanes with the ledger and the results queue. */
export async function scanJobs(jobs: readonly Job[], context: AuditContext): Promise<ScanResult> {
  const keys = ledgerKeys(context.prefix);
  const quick = new Snapshot();
  const answers = jobs.map(({ id, lane }) =>
    quick.ask('hexists', keys.call(ledgerJobId(id, lane)), 'result'),
  );
  await quick.take(context.access);
  const others: Job[] = [];
  for (const [index, job] of jobs.entries()) {
    const { waiting } = await context.lists(context.lane(job.lane));
    // One with a result is checked by its entry, and one that waits needs no check.
    if (answers[index]?.number() !== 1 && !waiting.has(job.id)) others.push(job);
  }
  const { found, suspects } = await scanInFull(others, context);
  return { found: jobs.length - others.length + found, suspects };
}

async function scanInFull(jobs: readonly Job[], context: AuditContext): Promise<ScanResult> {
  const keys = ledgerKeys(context.prefix);
  const resultsQueues = await resultsQueuesOfJobs(jobs, context);
  const snapshot = new Snapshot();
  const time = snapshot.ask('time');
  const leases = snapshot.ask('zrange', keys.workers, 0, -1, 'WITHSCORES');
  const answers = jobs.map((job, index) => {
    const jobId = ledgerJobId(job.id, job.lane);
    const lane = context.lane(job.lane);
    const results = context.outcomes('result', resultsQueues[index] ?? RESULTS_QUEUE);
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
  await snapshot.take(context.access);

  const now = timeOf(time.texts());
  const isAnyWorkerAlive = [...leases.scores().values()].some((until) => until > now);
  const scanned: ScanResult = { found: 0, suspects: [] };
  for (const { job, jobId, queued, lock, entry, token, result, published, finishedAt } of answers) {
    const lists = await context.lists(context.lane(job.lane));
    if (!queued.exists && !lists.active.has(job.id)) continue;
    scanned.found += 1;
    const suspicions = checkJob({
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
      retention: context.retention,
    });
    scanned.suspects.push(...suspicions.map((suspicion) => ({ subject: job, suspicion })));
  }
  return scanned;
}

import { CallQueue, CallResults } from '@outdial/client';
import {
  buildResult,
  type CallEvent,
  type CallJob,
  callIdentity,
  endedRecordOf,
  laneQueueName,
  parseCallJob,
} from '@outdial/contract';
import { Ledger, Outbox } from '@outdial/ledger';
import { LaneWorker } from '@outdial/queue';
import { type RedisServer, startRedis } from '@outdial/testkit';
import type { Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';

const JOBS_A_ROUND = 400;
const JOBS_KEPT = 50;
const ENTRIES_KEPT = 100;
const OUTCOMES_KEPT = 80;
const EVENTS_KEPT = 200;
/** Redis trims streams by whole nodes of a hundred entries. */
const STREAM_SLACK = 100;

let server: RedisServer;
let redis: Redis;
let prefix: string;
const closing: Array<() => Promise<unknown>> = [];
beforeEach(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  prefix = '{outdial}';
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  redis.disconnect();
  await server.close();
});

/** All that writes into Redis for a call, with a retention that a round of jobs exceeds. */
function startEngine({ ageSeconds }: { ageSeconds: number }) {
  const ledger = new Ledger(redis, {
    prefix,
    eventsMaxLength: EVENTS_KEPT,
    retention: { ageSeconds, count: ENTRIES_KEPT },
  });
  const outbox = new Outbox({
    ledger,
    redis,
    markDelayMs: 5,
    retention: { ageSeconds, consumedMax: OUTCOMES_KEPT, unconsumedMax: OUTCOMES_KEPT },
  });
  const queue = new CallQueue({ redis: server.url, retention: { ageSeconds, count: JOBS_KEPT } });
  const results = new CallResults({ redis: server.url });
  const worker = new LaneWorker(laneQueueName('default'), (job) => call(job, ledger, outbox), {
    connection: redis,
    prefix,
    concurrency: 50,
    removeOnComplete: { age: ageSeconds, count: JOBS_KEPT },
  });
  worker.on('error', () => undefined);
  closing.push(
    () => worker.close(),
    () => outbox.close(),
    () => queue.close(),
    () => results.close(),
  );
  return { ledger, outbox, queue, results };
}

/** A call without a network: the ledger's steps and the outcomes of one in three that are answered. */
async function call(job: Job<unknown>, ledger: Ledger, outbox: Outbox): Promise<void> {
  const callJob = parseCallJob(job.data);
  const { id: jobId } = callJob;
  const claim = await ledger.claim({ jobId, workerId: 'w1', job: callJob, legs: [{ callId: 'c' }] });
  // Cancelled before it was taken.
  if (claim.kind === 'settled') return;
  if (claim.kind !== 'claimed') throw new Error(`claim: ${claim.kind}`);
  const { token } = claim;
  const stamp = { jobId, callId: 'c', workerId: 'w1', at: Date.now() };
  const calling: CallEvent = { ...stamp, type: 'calling', callTo: callJob.callTo };
  await ledger.record(jobId, token, { legs: [{ callId: 'c', stackTxnId: 't' }], events: [calling] });
  const isAnswered = Number(jobId.split('-').at(-1)) % 3 === 0;
  const result = {
    ...buildResult(callIdentity(callJob, 'w1')),
    state: isAnswered ? 'ANSWERED' : 'IDLE',
  } as const;
  await ledger.settle(jobId, token, result, {
    events: [{ ...stamp, type: 'result', result }],
    isOver: !isAnswered,
  });
  await outbox.publishResult(result);
  if (!isAnswered) return;
  const ended = endedRecordOf(result, { endedBy: 'PLAN', endedAt: Date.now() });
  await ledger.end(jobId, token, ended, { events: [{ ...stamp, type: 'ended', ended }] });
  await outbox.publishEnded(ended);
}

function jobsOf(round: number): Array<Pick<CallJob, 'id' | 'callTo'>> {
  return Array.from({ length: JOBS_A_ROUND }, (_, index) => ({
    id: `job-${round}-${index}`,
    callTo: 'sip:human@lab',
  }));
}

/** What Redis holds: keys by what they are for, the streams' lengths, and bytes. */
async function holdings() {
  const keys = await redis.keys('*');
  const counts: Record<string, number> = {};
  const streams: Record<string, number> = {};
  let bytes = 0;
  for (const key of keys) {
    const name = key.slice(prefix.length + 1).replace(/:(of-)?job-.*/, ':JOB');
    counts[name] = (counts[name] ?? 0) + 1;
    bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
    if ((await redis.type(key)) === 'stream') streams[name] = await redis.xlen(key);
  }
  return { counts, streams, bytes };
}

it('what Redis holds stays the same over thousands of jobs, once each kind has reached its number', async () => {
  const { ledger, outbox, queue, results } = startEngine({ ageSeconds: 3600 });
  await ledger.heartbeat('w1', { ttlMs: 600_000 });
  let consumed = 0;
  results.consume(() => void consumed++, { concurrency: 50 });
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    const jobs = jobsOf(round);
    await queue.addBulk(jobs);
    // Some are still waiting, some are at their calls.
    await Promise.all(jobs.filter((_, index) => index % 20 === 19).map(({ id }) => queue.cancel(id)));
    await expect.poll(() => consumed, { timeout: 30_000 }).toBe((round + 1) * JOBS_A_ROUND);
    await expect.poll(() => queue.counts()).toMatchObject({ waiting: 0, active: 0, delayed: 0 });
    await expect.poll(() => ledger.unpublished()).toEqual([]);
    await ledger.trim();
    await outbox.trim();
    rounds.push(await holdings());
  }

  const [, second, ...later] = rounds;
  expect(second?.counts).toMatchObject({
    'calls-default:JOB': JOBS_KEPT,
    'results:JOB': OUTCOMES_KEPT,
    'ended:JOB': OUTCOMES_KEPT,
    'ledger:call:JOB': ENTRIES_KEPT,
  });
  expect(later).toHaveLength(3);
  for (const { counts, streams, bytes } of later) {
    expect(counts).toEqual(second?.counts);
    expect(Math.max(...Object.values(streams))).toBeLessThanOrEqual(1000 + STREAM_SLACK);
    expect(streams.events).toBeLessThanOrEqual(EVENTS_KEPT + STREAM_SLACK);
    expect(bytes / (second?.bytes ?? 0)).toBeLessThan(1.1);
  }
}, 120_000);

it('what is past its age is deleted, also what was not consumed, and when nothing new comes', async () => {
  const { ledger, outbox, queue } = startEngine({ ageSeconds: 1 });
  await ledger.heartbeat('w1', { ttlMs: 600_000 });
  await queue.addBulk(jobsOf(0).slice(0, JOBS_KEPT));
  await expect.poll(() => queue.counts(), { timeout: 10_000 }).toMatchObject({ waiting: 0, active: 0 });
  const left = async () => {
    await ledger.trim();
    await outbox.trim();
    const { counts, streams } = await holdings();
    return ['results:JOB', 'ended:JOB', 'ledger:call:JOB', 'ledger:finished']
      .map((name) => counts[name] ?? 0)
      .concat(streams.events ?? 0);
  };
  await expect.poll(left, { timeout: 15_000 }).toEqual([0, 0, 0, 0, 0]);
  // A lane's finished jobs go with the next that finishes there.
  await queue.addBulk([{ id: 'job-late-1', callTo: 'sip:human@lab' }]);
  await expect
    .poll(() => queue.counts(), { timeout: 10_000 })
    .toMatchObject({ waiting: 0, active: 0, completed: 1 });
}, 60_000);

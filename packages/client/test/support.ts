import { randomUUID } from 'node:crypto';
import {
  buildResult,
  CANCELLED,
  type CallJob,
  type CallResult,
  callIdentity,
  endedRecordOf,
  failedOutcome,
} from '@outdial/contract';
import { CancelSubscriber, Ledger, Outbox } from '@outdial/ledger';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { type Job, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { CallEndedRecords, CallEvents, CallQueue, CallResults } from '../src/index.js';

/** A real Redis for a test file; what a test opens is closed after it, newest first. */
export function useRedis(options: { appendOnly?: boolean } = {}) {
  let server: RedisServer;
  let redis: Redis;
  const closing: Array<() => Promise<unknown>> = [];
  beforeAll(async () => {
    server = await startRedis(options);
    redis = new Redis(server.url);
    // Some tests take Redis away.
    redis.on('error', () => undefined);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  const closed = <T extends { close(): Promise<unknown> }>(thing: T): T => {
    closing.push(() => thing.close());
    return thing;
  };
  return {
    get server() {
      return server;
    },
    get redis() {
      return redis;
    },
    closed,
    /** A campaign app and a ledger of their own, which see no other test's. */
    app() {
      const common = { redis: server.url, prefix: `{outdial-${randomUUID().slice(0, 8)}}` };
      const ledger = new Ledger(redis, { prefix: common.prefix });
      return {
        ...common,
        common,
        ledger,
        queue: closed(new CallQueue(common)),
        events: closed(new CallEvents(common)),
        results: (more: { lockMs?: number } = {}) => closed(new CallResults({ ...common, ...more })),
        endedRecords: () => closed(new CallEndedRecords(common)),
        outbox: closed(new Outbox({ ledger, redis, markDelayMs: 1 })),
      };
    },
  };
}
export type App = ReturnType<ReturnType<typeof useRedis>['app']>;

/** What the callee does is told by the user part of `callTo`. */
const SERVER_LOST = { code: 'SERVER_LOST', message: 'drachtio at 127.0.0.1:9022 was lost' };

type Callee = 'answers' | 'human' | 'busy' | 'rings' | 'hangs-up' | 'is-lost';

/**
 * Plays a worker with the ledger's real steps, without a telephone: enough to see what a campaign app sees.
 * Like the real one it holds an answered call until its cancel.
 */
export async function playWorker(app: App, server: RedisServer) {
  const workerId = `w-${randomUUID().slice(0, 8)}`;
  const cancels = new Map<string, () => void>();
  const subscriber = new Redis(server.url);
  const watch = new CancelSubscriber({
    subscriber,
    workerId,
    prefix: app.prefix,
    onCancel: (jobId) => cancels.get(jobId)?.(),
  });
  await watch.start();
  await app.ledger.heartbeat(workerId, { ttlMs: 600_000 });
  const dialled: string[] = [];

  const run = async (job: CallJob) => {
    const cancelled = new Promise<void>((resolve) => cancels.set(job.id, resolve));
    const common = { jobId: job.id, callId: `call-of-${job.id}`, workerId };
    const claim = await app.ledger.claim({ jobId: job.id, workerId, job });
    if (claim.kind === 'settled' && !claim.isPublished) await app.outbox.publishResult(claim.result);
    if (claim.kind !== 'claimed') return;
    dialled.push(job.id);
    const callee = /sip:([^@]+)@/.exec(job.callTo)?.[1] as Callee;
    const { token } = claim;
    await app.ledger.record(job.id, token, {
      events: [{ ...common, type: 'calling', at: Date.now(), callTo: job.callTo }],
    });
    const ring = {
      phase: 'ringing',
      events: [{ ...common, type: 'ringing', at: Date.now(), sipStatus: 180, earlyMedia: false }],
    } as const;
    if (callee !== 'busy') await app.ledger.record(job.id, token, ring);
    if (callee === 'rings') await cancelled;

    const result = resultFor(job, workerId, callee);
    const isUp = result.state === 'ANSWERED';
    const answered = { ...common, type: 'answered', at: Date.now(), codec: 'PCMA' } as const;
    await app.ledger.settle(job.id, token, result, {
      isOver: true,
      events: [...(isUp ? [answered] : []), { ...common, type: 'result', at: Date.now(), result }],
    });
    await app.outbox.publishResult(result);
    if (!isUp) return;
    if (callee !== 'hangs-up' && callee !== 'is-lost') await cancelled;
    const ended = endedRecordOf(result, {
      ...(callee === 'hangs-up'
        ? { endedBy: 'CALLEE' }
        : { endedBy: 'CANCELLED', cause: 'CANCELLED', error: CANCELLED }),
      endedAt: Date.now(),
      q850: 16,
      ...(callee === 'is-lost' && { endedBy: 'SERVER_LOST', cause: 'ERROR', error: SERVER_LOST }),
    });
    await app.ledger.end(job.id, token, ended, {
      events: [{ ...common, type: 'ended', at: Date.now(), ended }],
    });
    await app.outbox.publishEnded(ended);
  };

  const connection = new Redis(server.url, { maxRetriesPerRequest: null });
  const workers = (await app.queue.lanes()).map(
    (lane) =>
      new Worker(`calls-${lane}`, (job: Job<CallJob>) => run(job.data), {
        connection,
        prefix: app.prefix,
        concurrency: 50,
      }),
  );
  return {
    workerId,
    dialled,
    async close() {
      await Promise.all(workers.map((worker) => worker.close(true)));
      connection.disconnect();
      subscriber.disconnect();
    },
  };
}

function resultFor(job: CallJob, workerId: string, callee: Callee): CallResult {
  const draft = { ...buildResult(callIdentity(job, workerId)), callId: `call-of-${job.id}` };
  if (callee === 'busy')
    return { ...draft, cause: 'BUSY', rawCause: { sipStatus: 486, sipReason: 'Busy Here', q850: 17 } };
  if (callee === 'rings') return { ...draft, ...failedOutcome(CANCELLED), rang: true };
  const now = Date.now();
  const answered = {
    ...draft,
    state: 'ANSWERED',
    rang: true,
    codec: 'PCMA',
    timings: { callingAt: now - 200, ringingAt: now - 100, answeredAt: now },
  } as const;
  if (callee !== 'human') return answered;
  const verdict = {
    farEndType: 'LIVE',
    kind: 'human',
    confidence: 0.9,
    decidedAfterMs: 900,
    evidence: '0.4 s of speech, then silence',
  } as const;
  return { ...answered, verdict, farEndType: 'LIVE' };
}

export function jobInput(id: string) {
  return { id, callTo: 'sip:answers@lab' };
}

/** Waits until what `read` answers is as expected; a busy machine gets its time. */
export function eventually(read: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(read, { timeout: 15_000, interval: 10 });
}

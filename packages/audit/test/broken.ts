import {
  buildResult,
  type CallJob,
  callIdentity,
  endedQueueName,
  endedRecordOf,
  laneQueueName,
  ledgerKeys,
  outcomeJobId,
  RESULTS_QUEUE,
} from '@outdial/contract';

import type { Redis } from 'ioredis';
import { type AuditReport, type AuditRunOptions, CallAudit, type CallAuditOptions } from '../src/index.js';
import { type App, jobOf } from './support.js';

/** A lease that no test outlives. */
export const LONG_MS = 600_000;
const LONG_AGO_MS = 300_000;
export const WORKER = 'w1';

/** A campaign app's Redis, and ways to bring calls into every phase there and to break what it holds by hand. */
export class Bench {
  readonly app: App;
  readonly redis: Redis;
  readonly keys: ReturnType<typeof ledgerKeys>;
  /** The results queue of its jobs. */
  resultsQueue = RESULTS_QUEUE;
  /** How audits reach Redis. */
  readonly #access: CallAuditOptions;

  constructor(app: App, redis: Redis, access: CallAuditOptions = app.common) {
    this.app = app;
    this.redis = redis;
    this.#access = access;
    this.keys = ledgerKeys(app.prefix);
  }

  lane(suffix: string, lane = 'default'): string {
    return `${this.app.prefix}:${laneQueueName(lane)}:${suffix}`;
  }

  results(suffix: string): string {
    return `${this.app.prefix}:${this.resultsQueue}:${suffix}`;
  }

  ended(suffix: string): string {
    return `${this.app.prefix}:${endedQueueName(this.resultsQueue)}:${suffix}`;
  }

  outcome(jobId: string): string {
    return outcomeJobId(jobId);
  }

  /** Audits with a grace that is over at once. */
  async audit(options: AuditRunOptions = {}): Promise<AuditReport> {
    const audit = new CallAudit(this.#access);
    try {
      return await audit.run({ graceMs: 20, ...options });
    } finally {
      await audit.close();
    }
  }

  /** The codes of what an audit finds, by job. */
  async findings(options?: AuditRunOptions): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const { jobId, code } of (await this.audit(options)).findings) {
      found[jobId] = [...(found[jobId] ?? []), code];
    }
    return found;
  }

  #job(id: string, more: Record<string, unknown>): CallJob {
    return jobOf(id, { resultsQueue: this.resultsQueue, ...more });
  }

  async startWorker(workerId = WORKER): Promise<void> {
    await this.app.ledger.heartbeat(workerId, { ttlMs: LONG_MS });
  }

  /** Claims a job that a worker has taken, and answers the claim's token. */
  async claim(id: string, more: Record<string, unknown> = {}): Promise<string> {
    await this.startWorker();
    const job = this.#job(id, more);
    const answer = await this.app.ledger.claim({ jobId: id, workerId: WORKER, job });
    if (answer.kind !== 'claimed') throw new Error(`expected a claim, got ${answer.kind}`);
    return answer.token;
  }

  /** A call that was not answered, with its result in the queue. */
  async finish(id: string, more: Record<string, unknown> = {}): Promise<void> {
    const token = await this.claim(id, more);
    const result = buildResult(callIdentity(this.#job(id, more), WORKER));
    await this.app.ledger.settle(id, token, result, { isOver: true });
    await this.app.outbox.publishResult(result);
    await this.app.outbox.marked();
  }

  /** A call that rings. */
  async ring(id: string): Promise<void> {
    const token = await this.claim(id);
    const at = Date.now();
    const common = { jobId: id, callId: `call-of-${id}`, workerId: WORKER, at };
    await this.app.ledger.record(id, token, {
      phase: 'ringing',
      events: [
        { ...common, type: 'calling', callTo: 'sip:human@lab' },
        { ...common, type: 'ringing', sipStatus: 180, earlyMedia: false },
      ],
    });
  }

  /** An answered call that is up, with its result in the queue; answers how to end it. */
  async answer(id: string, more: Record<string, unknown> = {}): Promise<() => Promise<void>> {
    const token = await this.claim(id, more);
    const result = {
      ...buildResult(callIdentity(this.#job(id, more), WORKER)),
      state: 'ANSWERED' as const,
      timings: { callingAt: Date.now() - 200, answeredAt: Date.now() - 100 },
    };
    await this.app.ledger.settle(id, token, result);
    await this.app.outbox.publishResult(result);
    await this.app.outbox.marked();
    return async () => {
      const ended = endedRecordOf(result, { endedBy: 'CALLEE', endedAt: Date.now() });
      await this.app.ledger.end(id, token, ended);
      await this.app.outbox.publishEnded(ended);
      await this.app.outbox.marked();
    };
  }

  /** As if what an entry tells of had happened long ago. */
  async age(jobId: string, ...fields: string[]): Promise<void> {
    const at = String(Date.now() - LONG_AGO_MS);
    for (const field of fields) await this.redis.hset(this.keys.call(jobId), field, at);
    for (const kind of ['result', 'ended'])
      await this.redis.zadd(this.keys.outbox, 'XX', at, `${kind}:${jobId}`);
  }

  /** As if a lane's record of a job were old. */
  async ageJob(id: string, ...fields: string[]): Promise<void> {
    for (const field of fields) await this.redis.hset(this.lane(id), field, String(Date.now() - LONG_AGO_MS));
  }

  /** As if an outcome had been in its queue for long. */
  async ageOutcome(key: string): Promise<void> {
    await this.redis.hset(key, 'timestamp', String(Date.now() - LONG_AGO_MS));
  }

  /** As if the worker's heartbeat had stopped long ago. */
  async loseWorker(workerId = WORKER): Promise<void> {
    await this.redis.zadd(this.keys.workers, 'XX', String(Date.now() - LONG_AGO_MS), workerId);
  }
}

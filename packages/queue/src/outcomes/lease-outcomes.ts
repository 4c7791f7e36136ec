import { randomUUID } from 'node:crypto';
import { Job, UnrecoverableError } from 'bullmq';
import { isLockError } from '../bullmq/bullmq-errors.js';
import { ClosableWorker } from '../bullmq/closable-worker.js';
import { closeConnection } from '../redis/close-connection.js';
import type { RedisAccess } from '../redis/redis-access.js';
import type { RedisClient } from '../redis/redis-client.js';

/** An outcome that was lent to a consumer. */
export interface Lease {
  /** Names the lease, for `acknowledge` and `giveBack` in whatever process. */
  id: string;
  data: unknown;
}

/** Between two looks for leases that have run out. */
const LOOK_MS = 1000;

/**
 * Lends outcomes of a queue to consumers that are no Node programs: each goes to one of them, and to another when it was not
 * acknowledged in time. Leases are BullMQ's locks, so they outlive this process, and any other may acknowledge them.
 */
export class OutcomeLeases {
  readonly #access: RedisAccess;
  readonly #connection: RedisClient;
  readonly #worker: ClosableWorker;
  #looking: Promise<void> | null = null;

  constructor(access: RedisAccess, queueName: string) {
    this.#access = access;
    this.#connection = access.openBlocking();
    this.#worker = new ClosableWorker(queueName, null, {
      connection: this.#connection,
      prefix: access.prefix,
      autorun: false,
      stalledInterval: LOOK_MS,
      // That a lease runs out says nothing about the outcome, so it is not counted.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
    });
    this.#worker.on('error', access.onError);
  }

  /**
   * Lends up to `max` outcomes, the oldest first, for `leaseMs`. What `problemOf` finds wrong goes to the failed ones instead.
   * Rejects with `QUEUE_UNAVAILABLE`.
   */
  async take(
    { max, leaseMs }: { max: number; leaseMs: number },
    problemOf: (data: unknown) => string | null,
  ): Promise<Lease[]> {
    this.#looking ??= this.#worker.startStalledCheckTimer();
    const leases: Lease[] = [];
    while (leases.length < max) {
      const token = randomUUID();
      const job = await this.#access.request('lease', () => this.#worker.getNextJob(token, { block: false }));
      if (job === undefined || job.id === undefined) break;
      const problem = problemOf(job.data);
      if (problem !== null) {
        await this.#access.request('lease', () =>
          job.moveToFailed(new UnrecoverableError(problem), token, false),
        );
        continue;
      }
      await this.#access.request('lease', () => job.extendLock(token, leaseMs));
      leases.push({ id: `${token}.${job.id}`, data: job.data });
    }
    return leases;
  }

  /** The outcome is consumed. False: the lease has run out, so another consumer may have it. */
  acknowledge(leaseId: string): Promise<boolean> {
    return this.#settle(leaseId, (job, token) => job.moveToCompleted(null, token, false));
  }

  /** The outcome goes back, for any consumer to take at once. False: the lease has run out. */
  giveBack(leaseId: string): Promise<boolean> {
    return this.#settle(leaseId, (job, token) => job.moveToWait(token));
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
    closeConnection(this.#connection);
  }

  #settle(leaseId: string, settle: (job: Job, token: string) => Promise<unknown>): Promise<boolean> {
    const dot = leaseId.indexOf('.');
    return this.#access.request('settle a lease', async () => {
      const job = await Job.fromId(this.#worker, leaseId.slice(dot + 1));
      if (job === undefined || job.finishedOn !== undefined) return false;
      try {
        await settle(job, leaseId.slice(0, dot));
        return true;
      } catch (error) {
        if (isLockError(error)) return false;
        throw error;
      }
    });
  }
}

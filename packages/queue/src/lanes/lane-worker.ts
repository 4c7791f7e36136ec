import { setImmediate as nextTurn } from 'node:timers/promises';
import { QUEUE_KEYS } from '@outdial/contract';
import type { Job, JobJson, Span, WorkerOptions } from 'bullmq';
import { isLockError, isRecordError } from '../bullmq/bullmq-errors.js';
import { ClosableWorker } from '../bullmq/closable-worker.js';
import type { RedisClient } from '../redis/redis-client.js';
import { sanitizeRecord, toUnreadable } from './job-record.js';
import { LaneRecords } from './lane-records.js';

/** So many jobs may have been fetched that are not handed over yet. */
const AHEAD = 8;

/**
 * BullMQ's Worker, with two differences. A job is handed over as soon as it was fetched: BullMQ itself first fetches as many as
 * may be held, one after the other, and holds them meanwhile. And a job that was put into Redis by hand reaches the processor whatever its record
 * holds, and leaves the lane afterwards. BullMQ itself throws on a record that it cannot read or count with, while it
 * takes the job or while it completes it, and takes the job again after each stall, without an end.
 */
export class LaneWorker extends ClosableWorker<unknown, void> {
  readonly #records: LaneRecords;
  readonly #process: (job: Job<unknown, void>) => Promise<void>;
  readonly #handedOver: ReadonlySet<string>;
  #allowed: number;
  #repairing: Promise<void> | null = null;
  #isRepairDue = false;

  constructor(
    name: string,
    processor: (job: Job<unknown, void>) => Promise<void>,
    options: WorkerOptions & { connection: RedisClient },
  ) {
    const handedOver = new Set<string>();
    const process = async (job: Job<unknown, void>) => {
      const id = job.id ?? '';
      handedOver.add(id);
      this.#adjust();
      await processor(job).finally(() => handedOver.delete(id));
      if (QUEUE_KEYS.has(id)) await this.#records.clearQueueKeys(handedOver);
    };
    super(name, process, options);
    this.#allowed = this.concurrency;
    this.#records = new LaneRecords(options.connection, (name) => this.toKey(name));
    this.#process = process;
    this.#handedOver = handedOver;
    this.on('error', (error) => {
      if (isRecordError(error)) this.#repairSoon();
    });
    // From the fetch on: BullMQ itself renews a job's lock from when its processing begins, which may be later.
    this.on('active', ({ id = '', token = '', processedOn = Date.now() }) => {
      this.lockManager.trackJob(id, token, processedOn);
      this.#adjust();
    });
  }

  /** Jobs that it holds, from the moment at which they were fetched. */
  get held(): number {
    return this.lockManager.getActiveJobCount();
  }

  /** The most jobs that it may hold. */
  get allowed(): number {
    return this.#allowed;
  }

  /** From now on it holds at most so many jobs, at least 1. Those beyond that are finished, and no others are taken. */
  allow(jobs: number): void {
    this.#allowed = Math.max(1, jobs);
    this.#adjust();
  }

  /** While as many jobs as may be are not handed over yet, no other is fetched. */
  #adjust(): void {
    const isAhead = this.held - this.#handedOver.size >= AHEAD;
    const most = isAhead ? Math.min(this.#allowed, this.held) : this.#allowed;
    const isMore = most > this.concurrency;
    if (most !== this.concurrency) this.concurrency = most;
    // BullMQ looks at the number when a job ends. This wakes its loop as its own `resume` does.
    if (isMore) (this as unknown as WakeableLoop).mainLoopQueue?.add(Promise.resolve(undefined));
  }

  /** Resolves with the jobs whose locks were lost. One that was given back or finished meanwhile has lost none. */
  override async extendJobLocks(jobIds: string[], tokens: string[], duration: number): Promise<string[]> {
    const failed = await super.extendJobLocks(jobIds, tokens, duration);
    if (failed.length === 0) return failed;
    await nextTurn();
    const held = new Set(this.lockManager.getTrackedJobIds());
    return failed.filter((id) => held.has(id));
  }

  override async close(force?: boolean): Promise<void> {
    await super.close(force);
    await this.#repairing;
  }

  protected override createJob(json: JobJson, jobId: string): Job<unknown, void> {
    const record = sanitizeRecord(json, jobId);
    try {
      return super.createJob(record, jobId);
    } catch {
      return super.createJob({ ...record, data: toUnreadable(record.data) }, jobId);
    }
  }

  /** The processor has finished the job, so it leaves the lane, whatever BullMQ fails over and whoever has its lock. */
  protected override async handleCompleted(
    result: undefined,
    job: Job<unknown, void>,
    token: string,
    fetchNext?: () => boolean,
    span?: Span,
  ): Promise<Job<unknown, void>> {
    try {
      return await super.handleCompleted(result, job, token, fetchNext, span);
    } catch (error) {
      if (!isRecordError(error) && !isLockError(error)) throw error;
      await this.#records.finish(Buffer.from(job.id ?? ''));
      this.emit('error', error);
      return NO_NEXT_JOB;
    }
  }

  /** The job is to be handed out again: without what BullMQ failed over, if it did. */
  protected override async handleFailed(
    failure: Error,
    job: Job<unknown, void>,
    token: string,
    fetchNext?: () => boolean,
    span?: Span,
  ): Promise<Job<unknown, void>> {
    let cause: unknown = isRecordError(failure) ? failure : null;
    try {
      return await super.handleFailed(failure, job, token, fetchNext, span);
    } catch (error) {
      cause ??= error;
      if (!isRecordError(cause)) throw error;
      await this.#records.putBack(Buffer.from(job.id ?? ''));
      this.emit('error', cause);
      return NO_NEXT_JOB;
    }
  }

  /** One pass at a time, and one more for what was reported meanwhile. */
  #repairSoon(): void {
    this.#isRepairDue = true;
    this.#repairing ??= this.#repairWhileDue()
      .catch((error) => void this.emit('error', error))
      .finally(() => {
        this.#repairing = null;
        if (this.#isRepairDue) this.#repairSoon();
      });
  }

  async #repairWhileDue(): Promise<void> {
    while (this.#isRepairDue) {
      this.#isRepairDue = false;
      const ids = await this.#records.takenBy(this.id, this.#handedOver);
      await Promise.all(ids.map((id) => this.#repair(id)));
      await this.#records.clearQueueKeys(this.#handedOver);
    }
  }

  async #repair(id: Buffer): Promise<void> {
    const type = await this.#records.typeOf(id);
    if (type !== 'hash' && type !== 'none') {
      // The id is the name of one of BullMQ's own keys: there can be no record.
      const what = toUnreadable(`${id.toString().slice(0, 100)} is a ${type} of the queue itself`);
      const job = this.createJob({ ...NO_RECORD, data: what }, id.toString());
      await this.#process(job).catch((error) => void this.emit('error', error));
      await this.#records.drop(id);
      return;
    }
    if (await this.#records.putBack(id)) return;
    // As a JavaScript string it has another id, under which it was handed over and cannot be completed.
    if (!Buffer.from(id.toString()).equals(id)) await this.#records.drop(id);
  }
}

/** The queue of what BullMQ's loop waits for. */
interface WakeableLoop {
  mainLoopQueue: { add(fetched: Promise<undefined>): void } | null;
}

/** How BullMQ says that it fetched no further job; its types do not allow for it. */
const NO_NEXT_JOB = undefined as unknown as Job<unknown, void>;

const NO_RECORD: Omit<JobJson, 'data'> = {
  id: '',
  name: '',
  opts: {},
  progress: 0,
  attemptsMade: 0,
  attemptsStarted: 0,
  stalledCounter: 0,
  timestamp: Number.NaN,
  failedReason: '',
  returnvalue: 'null',
};

import { QUEUE_KEYS } from '@outdial/contract';
import { ClosableWorker } from '@outdial/ledger';
import type { Job, JobJson, Span, WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import { trustworthy, unreadable } from './job-record.js';
import { isOfLock, isOfRecord } from './lane-errors.js';
import { LaneRecords } from './lane-records.js';

/**
 * BullMQ's Worker, but for one thing: a job that somebody put into Redis by hand reaches the processor whatever is
 * in it, becomes a result there, and is done with. BullMQ itself throws on a record that it cannot read or count
 * with, while it takes the job or while it ends it, and takes it again after each stall, for ever.
 */
export class LaneWorker extends ClosableWorker<unknown, void> {
  readonly #records: LaneRecords;
  readonly #process: (job: Job<unknown, void>) => Promise<void>;
  readonly #handedOver: ReadonlySet<string>;
  #mending: Promise<void> | null = null;
  #isMendDue = false;

  constructor(
    name: string,
    processor: (job: Job<unknown, void>) => Promise<void>,
    options: WorkerOptions & { connection: Redis },
  ) {
    const handedOver = new Set<string>();
    const process = async (job: Job<unknown, void>) => {
      const id = job.id ?? '';
      handedOver.add(id);
      await processor(job).finally(() => handedOver.delete(id));
      if (QUEUE_KEYS.has(id)) await this.#records.clearQueueKeys(handedOver);
    };
    super(name, process, options);
    this.#records = new LaneRecords(options.connection, (name) => this.toKey(name));
    this.#process = process;
    this.#handedOver = handedOver;
    this.on('error', (error) => {
      if (isOfRecord(error)) this.#mendSoon();
    });
  }

  override async close(force?: boolean): Promise<void> {
    await super.close(force);
    await this.#mending;
  }

  protected override createJob(json: JobJson, jobId: string): Job<unknown, void> {
    const record = trustworthy(json, jobId);
    try {
      return super.createJob(record, jobId);
    } catch {
      return super.createJob({ ...record, data: unreadable(record.data) }, jobId);
    }
  }

  /** The processor is through with the job, so it leaves the lane, whatever BullMQ stumbles over or whose lock it is. */
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
      if (!isOfRecord(error) && !isOfLock(error)) throw error;
      await this.#records.finish(Buffer.from(job.id ?? ''));
      this.emit('error', error);
      return NO_NEXT_JOB;
    }
  }

  /** The job is to come back later: without what BullMQ stumbled over, if it did. */
  protected override async handleFailed(
    failure: Error,
    job: Job<unknown, void>,
    token: string,
    fetchNext?: () => boolean,
    span?: Span,
  ): Promise<Job<unknown, void>> {
    let trouble: unknown = isOfRecord(failure) ? failure : null;
    try {
      return await super.handleFailed(failure, job, token, fetchNext, span);
    } catch (error) {
      trouble ??= error;
      if (!isOfRecord(trouble)) throw error;
      await this.#records.putBack(Buffer.from(job.id ?? ''));
      this.emit('error', trouble);
      return NO_NEXT_JOB;
    }
  }

  /** One round at a time, and one more for what came up meanwhile. */
  #mendSoon(): void {
    this.#isMendDue = true;
    this.#mending ??= this.#mendWhileDue()
      .catch((error) => void this.emit('error', error))
      .finally(() => {
        this.#mending = null;
        if (this.#isMendDue) this.#mendSoon();
      });
  }

  async #mendWhileDue(): Promise<void> {
    while (this.#isMendDue) {
      this.#isMendDue = false;
      const ids = await this.#records.takenBy(this.id, this.#handedOver);
      await Promise.all(ids.map((id) => this.#mend(id)));
      await this.#records.clearQueueKeys(this.#handedOver);
    }
  }

  async #mend(id: Buffer): Promise<void> {
    const type = await this.#records.typeOf(id);
    if (type !== 'hash' && type !== 'none') {
      // The id of one of BullMQ's own keys: there is no record, and never will be.
      const what = unreadable(`${id.toString().slice(0, 100)} is a ${type} of the queue itself`);
      const job = this.createJob({ ...NO_RECORD, data: what }, id.toString());
      await this.#process(job).catch((error) => void this.emit('error', error));
      await this.#records.drop(id);
      return;
    }
    if (await this.#records.putBack(id)) return;
    // In JavaScript it has another id, under which it was handed over and cannot be finished.
    if (!Buffer.from(id.toString()).equals(id)) await this.#records.drop(id);
  }
}

/** BullMQ's own way to say that none was fetched along, for which its types have no word. */
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

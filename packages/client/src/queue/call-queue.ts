import {
  type CallCommand,
  type CallJob,
  type CallJobInput,
  type CallResult,
  commandsChannel,
  OutdialError,
  type PhoneNumberOptions,
  RETENTION_DEFAULTS,
} from '@outdial/contract';
import {
  type LabelCounts,
  Labels,
  Ledger,
  Outbox,
  type OutcomeRetention,
  type WorkerLease,
} from '@outdial/ledger';
import {
  checkLane,
  JobIds,
  type LaneJobOptions,
  type LaneSettings,
  Lanes,
  RedisAccess,
  type RedisAccessOptions,
} from '@outdial/queue';
import { checkResultsQueue } from '../outcomes/results-queue.js';
import type {
  CallStatus,
  CancelCounts,
  CancelOutcome,
  EnqueuedChunks,
  LaneCounts,
  LaneLimits,
  QueuedJob,
} from './call-status.js';
import { cancelJob, cancelLabel, cancelLane } from './cancel.js';
import { checkLabel, checkLimits } from './check-lane-input.js';
import { type EnqueueServices, enqueueChunks, enqueueJobs } from './enqueue-jobs.js';
import { checkCountry, checkJob, checkJobs } from './job-input.js';
import { LaneWarnings } from './lane-warnings.js';
import { withBatchSpan, withProducerSpan } from './producer-span.js';
import { toStatus } from './to-status.js';

export interface CallQueueOptions extends RedisAccessOptions {
  /** How often a job is tried whose dial failed before any INVITE left (default 5). */
  attempts?: number;
  /** Milliseconds before the second try, doubled with each further one (default 1000). */
  backoffMs?: number;
  /**
   * How long finished jobs stay in their lane (default: 7 days, 10,000 jobs a lane). While a job is there, its id is
   * taken; after that the ledger still knows it for its own retention.
   */
  retention?: { ageSeconds: number; count?: number };
  /** How long a result that a cancel makes stays in its queue; use the workers' (`retention` of their configuration). */
  outcomeRetention?: OutcomeRetention;
  /** The results queue of jobs that name none (default `results`). */
  resultsQueue?: string;
  /** The country (ISO 3166, as `GB`) of numbers in national form; without it they are dialled as they are. */
  defaultCountry?: string;
}

interface EnqueueOptions {
  isList: boolean;
  isNew: (id: string) => boolean;
  onProgress?: (queued: number) => void;
}

/**
 * Enqueues call jobs and looks after them. Opens its connection with the first request; every method rejects
 * with `QUEUE_UNAVAILABLE` within `timeoutMs` when Redis does not answer.
 */
export class CallQueue {
  readonly #access: RedisAccess;
  readonly #lanes: Lanes;
  readonly #ids: JobIds;
  readonly #jobOptions: LaneJobOptions;
  readonly #outcomeRetention: OutcomeRetention;
  readonly #resultsQueue: string;
  readonly #numbers: PhoneNumberOptions;
  readonly #laneWarnings: LaneWarnings;
  #settling: { ledger: Ledger; outbox: Outbox; labels: Labels } | null = null;

  constructor(options: CallQueueOptions) {
    this.#access = new RedisAccess(options);
    this.#lanes = new Lanes(this.#access);
    this.#ids = new JobIds(this.#access);
    this.#laneWarnings = new LaneWarnings(this.#lanes);
    this.#outcomeRetention = options.outcomeRetention ?? {};
    this.#resultsQueue = checkResultsQueue(options.resultsQueue);
    this.#numbers = { defaultCountry: checkCountry(options.defaultCountry) };
    const keep = {
      age: options.retention?.ageSeconds ?? RETENTION_DEFAULTS.ageSeconds,
      count: options.retention?.count ?? RETENTION_DEFAULTS.jobsMax,
    };
    this.#jobOptions = {
      attempts: options.attempts ?? 5,
      backoff: { type: 'exponential', delay: options.backoffMs ?? 1000 },
      removeOnComplete: keep,
      removeOnFail: keep,
    };
  }

  /** How numbers are read: with `defaultCountry`, if there is one. */
  get numbers(): PhoneNumberOptions {
    return this.#numbers;
  }

  /** Returns a job as `add` would queue it, and queues nothing. Throws `INVALID_JOB`. */
  validate(input: CallJobInput): CallJob {
    return checkJob(this.#withDefaults(input), this.#numbers);
  }

  /**
   * Checks a job and queues it. Resolves with the job as it was queued: normalised, defaults filled in, with its id; its
   * `warnings` say when no worker takes its lane now. The same id with the same content is the same call: then
   * `wasQueuedBefore` is true. Rejects with `INVALID_JOB`, and with `ID_CONFLICT` when the id was queued with another
   * content; nothing is queued then.
   */
  async add(input: CallJobInput): Promise<QueuedJob> {
    const isNew = () => input.id === undefined;
    const { job, before } = await withProducerSpan(this.validate(input), async (job) => ({
      job,
      before: await this.#enqueue([job], { isList: false, isNew }),
    }));
    return toQueued(job, await this.#warnings(job.lane), before.has(job.id));
  }

  /**
   * Checks all jobs, then queues them, a thousand at a time. One bad job (`INVALID_JOB`, or `ID_CONFLICT`; its place is in
   * the message) and nothing is queued. When Redis goes away midway, the error tells how many were queued; with
   * ids of the caller's own the whole list may simply be added again. Each job has its `warnings`, as with `add`.
   */
  async addBulk(
    inputs: readonly CallJobInput[],
    { onProgress }: { onProgress?: (queued: number, total: number) => void } = {},
  ): Promise<QueuedJob[]> {
    const checked = checkJobs(
      inputs.map((input) => this.#withDefaults(input)),
      this.#numbers,
    );
    const given = new Set(inputs.flatMap(({ id }) => id ?? []));
    const options = {
      isList: true,
      isNew: (id: string) => !given.has(id),
      onProgress: (queued: number) => onProgress?.(queued, checked.length),
    };
    const { jobs, before } = await withBatchSpan(async (intoTrace, count) => {
      count(checked.length);
      const jobs = intoTrace(checked);
      return { jobs, before: await this.#enqueue(jobs, options) };
    });
    const warnings = new Map<string, readonly string[]>();
    for (const lane of new Set(jobs.map((job) => job.lane))) warnings.set(lane, await this.#warnings(lane));
    const seen = new Set(before);
    return jobs.map((job) => {
      const wasQueuedBefore = seen.has(job.id);
      seen.add(job.id);
      return toQueued(job, warnings.get(job.lane) ?? [], wasQueuedBefore);
    });
  }

  /**
   * Queues jobs that were checked (by `validate`, or as rows of a campaign) and are too many for memory, in pieces of at most a
   * thousand. `read` is called twice, first to look for ids that were queued with another content (`ID_CONFLICT`; nothing is
   * queued then). When Redis goes away midway, all may be added again.
   */
  addChunks(
    read: () => AsyncIterable<readonly CallJob[]>,
    { onProgress = () => undefined }: { onProgress?: (queued: number) => void } = {},
  ): Promise<EnqueuedChunks> {
    return withBatchSpan(async (intoTrace, count) => {
      const readTraced = async function* () {
        for await (const jobs of read()) yield intoTrace(jobs);
      };
      const services = this.#enqueueServices(() => false, onProgress);
      const added = await enqueueChunks(readTraced, services);
      count(added.jobs);
      return added;
    });
  }

  /** What whoever adds jobs to a lane should know, in sentences: that no worker takes it now. */
  warningsOf(lane: string): Promise<readonly string[]> {
    return this.#warnings(checkLane(lane));
  }

  /**
   * Cancels a job in whatever phase it is. The ledger decides between a cancel and a worker that is just
   * taking the job; either way the job gets exactly one result. Rejects with `JOB_NOT_FOUND`.
   */
  cancel(id: string): Promise<CancelOutcome> {
    return this.#access.request('cancel', () => cancelJob(id, { lanes: this.#lanes, ...this.#settle() }));
  }

  /**
   * Cancels every job that a lane has now, each as `cancel` does. When Redis goes away midway, the error tells how many were
   * cancelled. Rejects with `INVALID_CONFIGURATION` for what is no lane.
   */
  async cancelLane(lane: string): Promise<CancelCounts> {
    return cancelLane(checkLane(lane), this.#access, await this.#cancelServices('cancelLane'));
  }

  /** Cancels every job of a label, whatever its lane, as `cancelLane` does; calls that are up are ended. */
  async cancelLabel(label: string): Promise<CancelCounts> {
    checkLabel(label);
    return cancelLabel(label, this.#access, await this.#cancelServices('cancelLabel'));
  }

  /** How many jobs of a label there are. Rejects with `INVALID_CONFIGURATION` for what is no label. */
  async labelCounts(label: string): Promise<LabelCounts> {
    checkLabel(label);
    return this.#access.request('labelCounts', () => this.#settle().labels.counts(label));
  }

  /**
   * Tells the worker that holds a call what to do with it. The command may be lost on its way, so it is to be
   * repeated until its effect shows. Rejects with `JOB_NOT_FOUND` when no worker has, or had, the call.
   */
  command(command: CallCommand): Promise<void> {
    return this.#access.request('command', async (client) => {
      const entry = await this.#settle().ledger.get(command.jobId);
      if (entry === null || entry.workerId === null)
        throw new OutdialError('JOB_NOT_FOUND', `no worker holds call job ${command.jobId}`);
      await client.publish(commandsChannel(this.#access.prefix, entry.workerId), JSON.stringify(command));
    });
  }

  /** What is known of a job; null when nothing is (any more). */
  get(id: string): Promise<CallStatus | null> {
    return this.#access.request('get', async () => {
      const [job, entry] = await Promise.all([this.#lanes.find(id), this.#settle().ledger.get(id)]);
      if (job === null && entry === null) return null;
      return toStatus(id, job?.data, entry);
    });
  }

  /**
   * The result of a job, or null while it has none. Nothing is taken from the results queue. Rejects with
   * `JOB_NOT_FOUND` when the job was never queued, or is past its retention, and with `QUEUE_UNAVAILABLE`.
   */
  resultOf(id: string): Promise<CallResult | null> {
    return this.#access.request('resultOf', async () => {
      const entry = await this.#settle().ledger.get(id);
      if (entry === null && (await this.#lanes.find(id)) === null)
        throw new OutdialError('JOB_NOT_FOUND', `no call job ${id} is known`);
      return entry?.result ?? null;
    });
  }

  /** How many jobs there are in a lane, or in all. Rejects with `INVALID_CONFIGURATION` for what is no lane. */
  async counts(lane?: string): Promise<LaneCounts> {
    const asked = lane === undefined ? null : [checkLane(lane)];
    return this.#access.request('counts', async () => {
      const lanes = asked ?? (await this.#lanes.names());
      const counts = await Promise.all(lanes.map((name) => this.#lanes.queue(name).getJobCounts()));
      const sum = (...states: string[]) =>
        counts.reduce((total, count) => states.reduce((all, state) => all + (count[state] ?? 0), total), 0);
      return {
        waiting: sum('waiting', 'paused', 'prioritized'),
        active: sum('active'),
        delayed: sum('delayed'),
        completed: sum('completed'),
        failed: sum('failed'),
      };
    });
  }

  /**
   * Since when the job of a lane that is next has waited, in epoch milliseconds; null: none waits. Rejects with
   * `INVALID_CONFIGURATION` for what is no lane.
   */
  async oldestWaitingAt(lane: string): Promise<number | null> {
    checkLane(lane);
    return this.#access.request('oldestWaitingAt', () => this.#lanes.oldestWaitingAt(lane));
  }

  /** Every worker that is registered, with its lease and how many calls it holds. */
  workers(): Promise<WorkerLease[]> {
    return this.#access.request('workers', () => this.#settle().ledger.workers());
  }

  /** How many workers take jobs of a lane now. Rejects with `INVALID_CONFIGURATION` for what is no lane. */
  async workersOf(lane: string): Promise<number> {
    checkLane(lane);
    return this.#access.request('workersOf', () => this.#lanes.workerCount(lane));
  }

  /** Every lane that is known, the default one among them. */
  lanes(): Promise<string[]> {
    return this.#access.request('lanes', () => this.#lanes.names());
  }

  /**
   * Sets a lane's limits, which hold across all workers, from now on. Rejects with `INVALID_CONFIGURATION` for what
   * is no lane or no limit.
   */
  async setLaneLimits(lane: string, limits: LaneLimits): Promise<void> {
    checkLane(lane);
    checkLimits(limits);
    await this.#access.request('setLaneLimits', async () => {
      await this.#lanes.register(lane);
      await this.#lanes.setLimits(lane, limits);
    });
  }

  /** The limits of a lane, and whether it is paused. Rejects with `INVALID_CONFIGURATION` for what is no lane. */
  async laneSettings(lane: string): Promise<LaneSettings> {
    checkLane(lane);
    return this.#access.request('laneSettings', () => this.#lanes.settings(lane));
  }

  /** From now on no call of the lane begins, on any worker; calls that were begun go on. Jobs may still be added. */
  async pauseLane(lane: string): Promise<void> {
    checkLane(lane);
    await this.#access.request('pauseLane', async () => {
      await this.#lanes.register(lane);
      await this.#lanes.pause(lane);
    });
  }

  /** Undoes `pauseLane`. */
  async resumeLane(lane: string): Promise<void> {
    checkLane(lane);
    await this.#access.request('resumeLane', () => this.#lanes.resume(lane));
  }

  /** Closes what it opened; requests under way may reject. */
  async close(): Promise<void> {
    await this.#settling?.outbox.close();
    await this.#lanes.close();
    await this.#access.close();
  }

  #withDefaults(input: CallJobInput): CallJobInput {
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    return isObject ? { resultsQueue: this.#resultsQueue, ...input } : input;
  }

  #optionsFor(job: CallJob): LaneJobOptions & { jobId: string } {
    return { ...this.#jobOptions, jobId: job.id };
  }

  /** Jobs with a label are noted before they are queued, so that none has its result first. */
  #enqueue(
    jobs: readonly CallJob[],
    { isList, isNew, onProgress = () => undefined }: EnqueueOptions,
  ): Promise<ReadonlySet<string>> {
    return enqueueJobs(jobs, this.#enqueueServices(isNew, onProgress), { isList });
  }

  #enqueueServices(isNew: (id: string) => boolean, onProgress: (queued: number) => void): EnqueueServices {
    const addAll = async (added: readonly CallJob[]) => {
      await this.#openLabels(added);
      for (const lane of new Set(added.map((job) => job.lane))) {
        await this.#lanes.register(lane);
        const ofLane = added.filter((job) => job.lane === lane);
        await this.#lanes
          .queue(lane)
          .addBulk(ofLane.map((job) => ({ name: 'call', data: job, opts: this.#optionsFor(job) })));
      }
    };
    return { access: this.#access, ids: this.#ids, isNew, addAll, onProgress };
  }

  async #openLabels(jobs: readonly CallJob[]): Promise<void> {
    const byLabel = new Map<string, string[]>();
    for (const { id, label } of jobs) {
      if (label === undefined) continue;
      const ids = byLabel.get(label);
      if (ids === undefined) byLabel.set(label, [id]);
      else ids.push(id);
    }
    for (const [label, ids] of byLabel) await this.#settle().labels.open(label, ids);
  }

  /** None when Redis does not answer: the jobs are queued, whatever comes of the question. */
  #warnings(lane: string): Promise<readonly string[]> {
    return this.#access.request('add', () => this.#laneWarnings.of(lane)).catch(() => []);
  }

  /** Once the connection takes requests. */
  #cancelServices(what: string) {
    return this.#access.request(what, async () => ({ lanes: this.#lanes, ...this.#settle() }));
  }

  #settle(): { ledger: Ledger; outbox: Outbox; labels: Labels } {
    if (this.#settling === null) {
      const redis = this.#access.client;
      // How long the ledger keeps its entries is not for a queue to say: they keep an id from being dialled again.
      const ledger = new Ledger(redis, { prefix: this.#access.prefix });
      const retention = this.#outcomeRetention;
      this.#settling = {
        ledger,
        outbox: new Outbox({ ledger, redis, retention, markDelayMs: 0 }),
        labels: new Labels(redis, this.#access.prefix),
      };
    }
    return this.#settling;
  }
}

function toQueued(job: CallJob, warnings: readonly string[], wasQueuedBefore: boolean): QueuedJob {
  return Object.defineProperties(
    { ...job },
    { warnings: { value: warnings }, wasQueuedBefore: { value: wasQueuedBefore } },
  ) as QueuedJob;
}

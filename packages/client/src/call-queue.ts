import {
  type CallCommand,
  type CallJob,
  type CallJobInput,
  type CallResult,
  commandsChannel,
  type EndedRecord,
  OutdialError,
  RETENTION_DEFAULTS,
} from '@outdial/contract';
import { Ledger, type LedgerEntry, type LedgerPhase, Outbox, type OutcomeRetention } from '@outdial/ledger';
import type { JobsOptions } from 'bullmq';
import { type CancelOutcome, cancelJob } from './cancel.js';
import { checkJob, checkJobs, describeJob } from './job-input.js';
import { applyLimits, checkLimits, type LaneLimits } from './lane-limits.js';
import { checkLane, Lanes } from './lanes.js';
import { RedisAccess, type RedisAccessOptions } from './redis-access.js';

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
  /** How long a result that a cancel makes stays in its queue; should be the workers' (`retention` of their configuration). */
  outcomeRetention?: OutcomeRetention;
}

/** What is known of one job. */
export interface CallStatus {
  id: string;
  phase: LedgerPhase;
  lane: string;
  callTo: string;
  /** The worker that holds, or held, the call. */
  workerId: string | null;
  isCancelRequested: boolean;
  result: CallResult | null;
  ended: EndedRecord | null;
}

export interface LaneCounts {
  waiting: number;
  active: number;
  /** To be tried again after a dial that failed before its INVITE. */
  delayed: number;
  completed: number;
  failed: number;
}

const BULK_CHUNK = 1000;

/**
 * Enqueues call jobs and looks after them. Opens its connection with the first request; every method rejects
 * with `QUEUE_UNAVAILABLE` within `timeoutMs` when Redis does not answer.
 */
export class CallQueue {
  readonly #access: RedisAccess;
  readonly #lanes: Lanes;
  readonly #jobOptions: JobsOptions;
  readonly #outcomeRetention: OutcomeRetention;
  #settling: { ledger: Ledger; outbox: Outbox } | null = null;

  constructor(options: CallQueueOptions) {
    this.#access = new RedisAccess(options);
    this.#lanes = new Lanes(this.#access);
    this.#outcomeRetention = options.outcomeRetention ?? {};
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

  /**
   * Checks a job and queues it. Resolves with the job as it was queued: normalised, defaults filled in, with
   * its id. The same id twice is one job. Rejects with `INVALID_JOB`, and then nothing was queued.
   */
  async add(input: CallJobInput): Promise<CallJob> {
    const job = checkJob(input);
    await this.#access.request('add', async () => {
      await this.#lanes.register(job.lane);
      await this.#lanes.queue(job.lane).add('call', job, this.#optionsFor(job));
    });
    return job;
  }

  /**
   * Checks all jobs, then queues them, a thousand at a time. One bad job (`INVALID_JOB`, its place in the
   * message) and nothing is queued. When Redis goes away midway, the error tells how many were queued; with
   * ids of the caller's own the whole list may simply be added again.
   */
  async addBulk(
    inputs: readonly CallJobInput[],
    { onProgress }: { onProgress?: (queued: number, total: number) => void } = {},
  ): Promise<CallJob[]> {
    const jobs = checkJobs(inputs);
    const lanes = new Map<string, CallJob[]>();
    for (const job of jobs) {
      const laneJobs = lanes.get(job.lane);
      if (laneJobs === undefined) lanes.set(job.lane, [job]);
      else laneJobs.push(job);
    }
    let queued = 0;
    for (const [lane, laneJobs] of lanes) {
      for (let from = 0; from < laneJobs.length; from += BULK_CHUNK) {
        const chunk = laneJobs.slice(from, from + BULK_CHUNK);
        await this.#access.request(`addBulk, with ${queued} of ${jobs.length} jobs queued,`, async () => {
          await this.#lanes.register(lane);
          await this.#lanes
            .queue(lane)
            .addBulk(chunk.map((job) => ({ name: 'call', data: job, opts: this.#optionsFor(job) })));
        });
        queued += chunk.length;
        onProgress?.(queued, jobs.length);
      }
    }
    return jobs;
  }

  /**
   * Cancels a job in whatever phase it is. The ledger decides between a cancel and a worker that is just
   * taking the job; either way the job gets exactly one result. Rejects with `JOB_NOT_FOUND`.
   */
  cancel(id: string): Promise<CancelOutcome> {
    return this.#access.request('cancel', () => cancelJob(id, { lanes: this.#lanes, ...this.#settle() }));
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
      await applyLimits(this.#lanes.queue(lane), limits);
    });
  }

  /** Closes what it opened; requests under way may reject. */
  async close(): Promise<void> {
    await this.#settling?.outbox.close();
    await this.#lanes.close();
    await this.#access.close();
  }

  #optionsFor(job: CallJob): JobsOptions & { jobId: string } {
    return { ...this.#jobOptions, jobId: job.id };
  }

  #settle(): { ledger: Ledger; outbox: Outbox } {
    if (this.#settling === null) {
      const redis = this.#access.client;
      // How long the ledger keeps its entries is not for a queue to say: they keep an id from being dialled again.
      const ledger = new Ledger(redis, { prefix: this.#access.prefix });
      const retention = this.#outcomeRetention;
      this.#settling = { ledger, outbox: new Outbox({ ledger, redis, retention, markDelayMs: 0 }) };
    }
    return this.#settling;
  }
}

function toStatus(id: string, data: unknown, entry: LedgerEntry | null): CallStatus {
  const job = describeJob(id, data ?? entry?.job);
  return {
    id,
    phase: entry?.phase ?? 'waiting',
    lane: entry?.result?.lane ?? job.lane,
    callTo: entry?.result?.callTo ?? job.callTo,
    workerId: entry?.workerId ?? null,
    isCancelRequested: entry !== null && entry.cancelRequestedAt !== null,
    result: entry?.result ?? null,
    ended: entry?.ended ?? null,
  };
}

import {
  type CallCommand,
  type CallJob,
  type CallJobInput,
  type CallResult,
  commandsChannel,
  DEFAULT_PREFIX,
  type EndedRecord,
  laneSchema,
  OutdialError,
} from '@outdial/contract';
import {
  draftResult,
  Ledger,
  type LedgerEntry,
  type LedgerOptions,
  type LedgerPhase,
  Outbox,
} from '@outdial/ledger';
import type { JobsOptions } from 'bullmq';
import { checkJob, checkJobs, describeJob } from './job-input.js';
import { Lanes } from './lanes.js';
import { RedisAccess, type RedisAccessOptions } from './redis-access.js';

export interface CallQueueOptions extends RedisAccessOptions {
  /** Of every key in Redis; the workers' must be the same. */
  prefix?: string;
  /** How often a job is tried whose dial failed before any INVITE left (default 5). */
  attempts?: number;
  /** Milliseconds before the second try, doubled with each further one (default 1000). */
  backoffMs?: number;
  /**
   * How long finished jobs stay in their lane (default: 7 days, 10,000 jobs a lane). While a job is there, its id is
   * taken; after that the ledger still knows it for its own retention.
   */
  retention?: { ageSeconds: number; count?: number };
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

export type CancelOutcome =
  /** It was waiting: it is never dialled, and this is its one result. */
  | { phase: 'waiting'; result: CallResult }
  /** The worker that holds the call was told to end it. */
  | { phase: 'calling' | 'ringing' | 'answered'; workerId: string }
  /** There was nothing left to cancel. */
  | { phase: 'ended'; result: CallResult; ended: EndedRecord | null };

export interface LaneCounts {
  waiting: number;
  active: number;
  /** To be tried again after a dial that failed before its INVITE. */
  delayed: number;
  completed: number;
  failed: number;
}

export interface LaneLimits {
  /** Calls begun a second, over all workers; null: no limit; absent: as it was. */
  callsPerSecond?: number | null;
  /** Calls at once, over all workers; null: no limit; absent: as it was. */
  concurrency?: number | null;
}

const BULK_CHUNK = 1000;

/**
 * Enqueues call jobs and looks after them. Opens its connection with the first request; every method rejects
 * with `QUEUE_UNAVAILABLE` within `timeoutMs` when Redis does not answer.
 */
export class CallQueue {
  readonly #access: RedisAccess;
  readonly #lanes: Lanes;
  readonly #prefix: string;
  readonly #jobOptions: JobsOptions;
  readonly #ledgerOptions: LedgerOptions;
  #settling: { ledger: Ledger; outbox: Outbox } | null = null;

  constructor(options: CallQueueOptions) {
    this.#access = new RedisAccess(options);
    this.#prefix = options.prefix ?? DEFAULT_PREFIX;
    this.#lanes = new Lanes(this.#access, this.#prefix);
    this.#ledgerOptions = {
      prefix: this.#prefix,
      // How many entries the ledger keeps is for the workers to say: it is what keeps an id from being dialled again.
      ...(options.retention && { retention: { ageSeconds: options.retention.ageSeconds } }),
    };
    const keep = {
      age: options.retention?.ageSeconds ?? 7 * 24 * 3600,
      count: options.retention?.count ?? 10_000,
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
    return this.#access.request('cancel', async () => {
      const { ledger, outbox } = this.#settle();
      const [job, entry] = await Promise.all([this.#lanes.find(id), ledger.get(id)]);
      if (job === null && entry === null)
        throw new OutdialError('JOB_NOT_FOUND', `no call job ${id} is known`);
      // BullMQ may keep a finished job for longer than the ledger does.
      if (entry === null && job?.finishedOn !== undefined)
        throw new OutdialError('JOB_NOT_FOUND', `call job ${id} ended, and its record is past its retention`);
      const result = draftResult(describeJob(id, job?.data ?? entry?.job), 'client');
      const enqueuedAt = job?.timestamp;
      result.timings = { ...(enqueuedAt === undefined ? {} : { enqueuedAt }), endedAt: Date.now() };
      const event = {
        jobId: id,
        callId: null,
        workerId: 'client',
        at: Date.now(),
        type: 'result',
        result,
      } as const;
      const answer = await ledger.requestCancel(id, result, { events: [event] });
      if (answer.phase === 'waiting') {
        await outbox.publishResult(result);
        // A worker may be holding it already: then it finds the result in the ledger, and lets go of it.
        await job?.remove().catch(() => undefined);
        return { phase: 'waiting', result };
      }
      if (answer.phase === 'ended') return answer;
      return { phase: answer.phase, workerId: answer.workerId };
    });
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
      await client.publish(commandsChannel(this.#prefix, entry.workerId), JSON.stringify(command));
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

  /** How many jobs there are in a lane, or in all. */
  counts(lane?: string): Promise<LaneCounts> {
    return this.#access.request('counts', async () => {
      const lanes = lane === undefined ? await this.#lanes.names() : [laneSchema.parse(lane)];
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

  /** Sets a lane's limits, which hold across all workers, from now on. */
  setLaneLimits(lane: string, limits: LaneLimits): Promise<void> {
    return this.#access.request('setLaneLimits', async () => {
      const queue = this.#lanes.queue(checkLane(lane));
      const { callsPerSecond, concurrency } = checkLimits(limits);
      await this.#lanes.register(lane);
      if (callsPerSecond === null) await queue.removeGlobalRateLimit();
      else if (callsPerSecond !== undefined) {
        // BullMQ counts whole jobs in a window; a fraction shortens or stretches the window.
        const max = Math.max(1, Math.floor(callsPerSecond));
        await queue.setGlobalRateLimit(max, Math.ceil((1000 * max) / callsPerSecond));
      }
      if (concurrency === null) await queue.removeGlobalConcurrency();
      else if (concurrency !== undefined) await queue.setGlobalConcurrency(concurrency);
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
      const ledger = new Ledger(redis, this.#ledgerOptions);
      this.#settling = { ledger, outbox: new Outbox({ ledger, redis }) };
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

function checkLane(lane: string): string {
  const parsed = laneSchema.safeParse(lane);
  if (parsed.success) return parsed.data;
  throw new OutdialError('INVALID_CONFIGURATION', `lane: ${parsed.error.issues[0]?.message}`, {
    issues: [{ path: 'lane', message: parsed.error.issues[0]?.message ?? 'invalid', value: lane }],
  });
}

function checkLimits(limits: LaneLimits): LaneLimits {
  const problem = (path: keyof LaneLimits, message: string) =>
    new OutdialError('INVALID_CONFIGURATION', `${path}: ${message}`, {
      issues: [{ path, message, value: limits[path] }],
    });
  const { callsPerSecond: rate, concurrency: calls } = limits;
  if (typeof rate === 'number' && !(rate > 0 && Number.isFinite(rate)))
    throw problem('callsPerSecond', 'is a number above 0, or null');
  if (typeof calls === 'number' && !(calls >= 1 && Number.isInteger(calls)))
    throw problem('concurrency', 'is a whole number from 1, or null');
  return limits;
}

import {
  type CallJob,
  DEFAULT_PREFIX,
  DEFAULTS,
  laneQueueName,
  laneSchema,
  OutdialError,
  QUEUE_STREAM_MAX,
} from '@outdial/contract';
import { Queue } from 'bullmq';
import type { RedisAccess } from './redis-access.js';

/** The set of lanes that jobs were ever added to. */
export function lanesKey(prefix: string = DEFAULT_PREFIX): string {
  return `${prefix}:lanes`;
}

/** Answers a lane's name as it is; throws `INVALID_CONFIGURATION` for what cannot be one. */
export function checkLane(lane: string): string {
  const parsed = laneSchema.safeParse(lane);
  if (parsed.success) return parsed.data;
  const issue = { path: 'lane', message: parsed.error.issues[0]?.message ?? 'invalid', value: lane };
  throw new OutdialError('INVALID_CONFIGURATION', `lane: ${issue.message}`, { issues: [issue] });
}

export type LaneQueue = Queue<CallJob, unknown, string>;

/** What a lane has of a job; anybody may have written it. */
export interface FoundJob {
  data: unknown;
  /** Epoch milliseconds, where they make sense. */
  timestamp: number | undefined;
  finishedOn: number | undefined;
  /** Rejects while a worker has it. */
  remove(): Promise<unknown>;
}

/** The BullMQ queues of the lanes, each opened when it is first asked for. */
export class Lanes {
  readonly #access: RedisAccess;
  readonly #queues = new Map<string, LaneQueue>();
  readonly #registered = new Set<string>();

  constructor(access: RedisAccess) {
    this.#access = access;
  }

  /** The queue of a lane; to be asked for within a request, when the connection is ready. */
  queue(lane: string): LaneQueue {
    let queue = this.#queues.get(lane);
    if (queue === undefined) {
      queue = new Queue(laneQueueName(lane), {
        connection: this.#access.client,
        prefix: this.#access.prefix,
        skipVersionCheck: true,
        streams: { events: { maxLen: QUEUE_STREAM_MAX } },
      });
      // It passes on the shared connection's errors, which `RedisAccess` hears of anyway.
      queue.on('error', () => undefined);
      this.#queues.set(lane, queue);
    }
    return queue;
  }

  /** Writes down that the lane exists, once a process. */
  async register(lane: string): Promise<void> {
    if (this.#registered.has(lane)) return;
    await this.#access.client.sadd(lanesKey(this.#access.prefix), lane);
    this.#registered.add(lane);
  }

  /** Every lane that is known, the default one among them, in alphabetical order. */
  async names(): Promise<string[]> {
    const names = await this.#access.client.smembers(lanesKey(this.#access.prefix));
    return [...new Set([DEFAULTS.lane, ...names])].sort();
  }

  /** A job, in whatever lane it is; null when none has it. */
  async find(jobId: string): Promise<FoundJob | null> {
    const jobs = await Promise.all((await this.names()).map((lane) => this.#findIn(this.queue(lane), jobId)));
    return jobs.find((job) => job !== null) ?? null;
  }

  async #findIn(queue: LaneQueue, jobId: string): Promise<FoundJob | null> {
    const remove = () => queue.remove(jobId);
    try {
      const job = await queue.getJob(jobId);
      if (job === undefined) return null;
      const { data, finishedOn } = job;
      const timestamp = Number.isSafeInteger(job.timestamp) && job.timestamp >= 0 ? job.timestamp : undefined;
      return { data, finishedOn, timestamp, remove };
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      // It was put into Redis by hand, and cannot be read; a worker will say so in its result.
      return { data: null, finishedOn: undefined, timestamp: undefined, remove };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }
}

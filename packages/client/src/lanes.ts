import { type CallJob, DEFAULT_PREFIX, DEFAULTS, laneQueueName } from '@outdial/contract';
import { Queue } from 'bullmq';
import type { RedisAccess } from './redis-access.js';

/** The set of lanes that jobs were ever added to. */
export function lanesKey(prefix: string = DEFAULT_PREFIX): string {
  return `${prefix}:lanes`;
}

export type LaneQueue = Queue<CallJob, unknown, string>;

/** The BullMQ queues of the lanes, each opened when it is first asked for. */
export class Lanes {
  readonly #access: RedisAccess;
  readonly #prefix: string;
  readonly #queues = new Map<string, LaneQueue>();
  readonly #registered = new Set<string>();

  constructor(access: RedisAccess, prefix: string) {
    this.#access = access;
    this.#prefix = prefix;
  }

  /** The queue of a lane; to be asked for within a request, when the connection is ready. */
  queue(lane: string): LaneQueue {
    let queue = this.#queues.get(lane);
    if (queue === undefined) {
      queue = new Queue(laneQueueName(lane), {
        connection: this.#access.client,
        prefix: this.#prefix,
        skipVersionCheck: true,
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
    await this.#access.client.sadd(lanesKey(this.#prefix), lane);
    this.#registered.add(lane);
  }

  /** Every lane that is known, the default one among them, in alphabetical order. */
  async names(): Promise<string[]> {
    const names = await this.#access.client.smembers(lanesKey(this.#prefix));
    return [...new Set([DEFAULTS.lane, ...names])].sort();
  }

  /** The lane that a job is in, with its BullMQ job; null when none has it. */
  async find(jobId: string) {
    const jobs = await Promise.all((await this.names()).map((lane) => this.queue(lane).getJob(jobId)));
    return jobs.find((job) => job !== undefined) ?? null;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
  }
}

import { Job, type JobJson, Worker, type WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';

/** The data of a job whose own data is not JSON: no contract accepts it, and the result tells what it was. */
export interface UnreadableData {
  unreadable: string;
}

/** Fields of BullMQ's job hash that it reads as JSON before it hands the job over. */
const JSON_FIELDS = ['opts', 'progress', 'parent'] as const;

/**
 * BullMQ's Worker, but for one thing: a job that somebody put into Redis by hand reaches the processor
 * whatever is in it, and becomes a result there. BullMQ itself throws on what is not JSON while it takes the
 * job, and takes it again after each stall.
 */
export class LaneWorker extends Worker<unknown, void> {
  readonly #redis: Redis;

  constructor(
    name: string,
    processor: (job: Job<unknown, void>) => Promise<void>,
    options: WorkerOptions & { connection: Redis },
  ) {
    super(name, processor, options);
    this.#redis = options.connection;
    this.on('error', (error) => {
      if (error instanceof SyntaxError) void this.#mend().catch((failure) => this.emit('error', failure));
    });
  }

  protected override createJob(data: JobJson, jobId: string): Job<unknown, void> {
    // By these two BullMQ ends or drops a job before the processor sees it; jobs of ours never have them.
    const { deferredFailure: _failure, repeatJobKey: _key, ...json } = data;
    try {
      return super.createJob(json, jobId);
    } catch {
      const unreadable: UnreadableData = { unreadable: (data.data ?? '').slice(0, 200) };
      return super.createJob({ ...json, data: JSON.stringify(unreadable) }, jobId);
    }
  }

  /** Jobs that were just taken and could not be read: takes out what is not JSON, and puts them back. */
  async #mend(): Promise<void> {
    for (const id of await this.#redis.lrange(this.toKey('active'), 0, -1)) {
      const key = this.toKey(id);
      const values = await this.#redis.hmget(key, ...JSON_FIELDS);
      const broken = JSON_FIELDS.filter((_, index) => !isJson(values[index] ?? '0'));
      if (broken.length === 0) continue;
      await this.#redis.hdel(key, ...broken);
      const [job, token] = await Promise.all([Job.fromId(this, id), this.#redis.get(`${key}:lock`)]);
      await job?.moveToWait(token ?? undefined);
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

import { type CallCapture, callCaptureSchema, DEFAULT_PREFIX, ledgerKeys } from '@outdial/contract';
import type { RedisClient } from '@outdial/queue';

/** What was captured of calls. It is for looking at alone, and expires by itself. */
export class Captures {
  readonly #redis: RedisClient;
  readonly #keyOf: (jobId: string) => string;

  /** The connection is shared; it is not closed here. */
  constructor(redis: RedisClient, prefix: string = DEFAULT_PREFIX) {
    this.#redis = redis;
    this.#keyOf = ledgerKeys(prefix).capture;
  }

  /** Keeps all that was captured of a call so far, for so many seconds from now. */
  async keep(jobId: string, capture: CallCapture, seconds: number): Promise<void> {
    await this.#redis.set(this.#keyOf(jobId), JSON.stringify(capture), 'EX', seconds);
  }

  /** Null: there is none, or not any more. */
  async read(jobId: string): Promise<CallCapture | null> {
    const text = await this.#redis.get(this.#keyOf(jobId));
    return text === null ? null : (callCaptureSchema.safeParse(JSON.parse(text)).data ?? null);
  }
}

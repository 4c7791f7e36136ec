import { DEFAULT_PREFIX } from '@outdial/contract';
import type { RedisClient } from './redis-client.js';

export interface CancelWatchOptions {
  /** A connection of the watch's own: a subscribed one takes no other commands. */
  subscriber: RedisClient;
  workerId: string;
  prefix?: string;
  /** Called with the id of a call that somebody wants cancelled; may be called again for the same one. */
  onCancel: (jobId: string) => void;
}

/**
 * Hears at once of cancelled calls. A cancel that is published while the subscriber is away is missed; the
 * ledger's heartbeat brings it then.
 */
export class CancelWatch {
  readonly #subscriber: RedisClient;
  readonly #channel: string;
  readonly #onMessage: (channel: string, jobId: string) => void;

  constructor({ subscriber, workerId, prefix = DEFAULT_PREFIX, onCancel }: CancelWatchOptions) {
    this.#subscriber = subscriber;
    this.#channel = `${prefix}:control:${workerId}`;
    this.#onMessage = (channel, jobId) => {
      if (channel === this.#channel) onCancel(jobId);
    };
  }

  async start(): Promise<void> {
    this.#subscriber.on('message', this.#onMessage);
    await this.#subscriber.subscribe(this.#channel);
  }

  async stop(): Promise<void> {
    this.#subscriber.off('message', this.#onMessage);
    await this.#subscriber.unsubscribe(this.#channel);
  }
}

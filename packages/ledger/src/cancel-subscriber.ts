import { cancelsChannel, DEFAULT_PREFIX } from '@outdial/contract';
import type { RedisClient } from '@outdial/queue';

export interface CancelSubscriberOptions {
  /** A connection that is subscribed, and takes no other commands. */
  subscriber: RedisClient;
  workerId: string;
  prefix?: string;
  /** Called with the id of a call that is to be cancelled; possibly more than once. */
  onCancel: (jobId: string) => void;
}

/**
 * Learns at once of cancels. One that is published while the subscriber is disconnected is missed, and comes with the next
 * heartbeat.
 */
export class CancelSubscriber {
  readonly #subscriber: RedisClient;
  readonly #channel: string;
  readonly #onMessage: (channel: string, jobId: string) => void;

  constructor({ subscriber, workerId, prefix = DEFAULT_PREFIX, onCancel }: CancelSubscriberOptions) {
    this.#subscriber = subscriber;
    this.#channel = cancelsChannel(prefix, workerId);
    this.#onMessage = (channel, jobId) => {
      if (channel === this.#channel) onCancel(jobId);
    };
  }

  async start(): Promise<void> {
    this.#subscriber.on('message', this.#onMessage);
    await this.#subscriber.subscribe(this.#channel);
  }

  async close(): Promise<void> {
    this.#subscriber.off('message', this.#onMessage);
    await this.#subscriber.unsubscribe(this.#channel);
  }
}

import { type CallCommand, callCommandSchema, commandsChannel } from '@outdial/contract';
import type { RedisClient } from '@outdial/queue';
import type { Logger } from 'pino';

export interface CommandSubscriberOptions {
  /** A connection that is subscribed, and takes no other commands. */
  subscriber: RedisClient;
  workerId: string;
  prefix: string;
  logger: Logger;
  onCommand: (command: CallCommand) => void;
}

/** Receives commands for this worker's calls. One that is sent while the subscriber is away is missed: senders repeat it. */
export class CommandSubscriber {
  readonly #options: CommandSubscriberOptions;
  readonly #channel: string;
  readonly #onMessage = (channel: string, message: string): void => {
    if (channel === this.#channel) this.#receive(message);
  };

  constructor(options: CommandSubscriberOptions) {
    this.#options = options;
    this.#channel = commandsChannel(options.prefix, options.workerId);
  }

  async start(): Promise<void> {
    const { subscriber } = this.#options;
    subscriber.on('message', this.#onMessage);
    await subscriber.subscribe(this.#channel);
  }

  async close(): Promise<void> {
    const { subscriber } = this.#options;
    subscriber.off('message', this.#onMessage);
    await subscriber.unsubscribe(this.#channel);
  }

  #receive(message: string): void {
    const { logger, onCommand } = this.#options;
    let command: CallCommand;
    try {
      command = callCommandSchema.parse(JSON.parse(message));
    } catch (error) {
      logger.warn({ err: error }, 'unreadable command ignored');
      return;
    }
    onCommand(command);
  }
}

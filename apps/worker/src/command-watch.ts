import { type CallCommand, callCommandSchema, commandsChannel } from '@outdial/contract';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';

export interface CommandWatchOptions {
  /** A connection that is subscribed, and takes no other commands. */
  subscriber: Redis;
  workerId: string;
  prefix: string;
  logger: Logger;
  onCommand: (command: CallCommand) => void;
}

/**
 * Takes commands for the calls that this worker holds. One that comes while the subscriber is away is missed: who
 * sent it sends it again.
 */
export class CommandWatch {
  readonly #options: CommandWatchOptions;
  readonly #channel: string;
  readonly #onMessage = (channel: string, message: string): void => {
    if (channel === this.#channel) this.#take(message);
  };

  constructor(options: CommandWatchOptions) {
    this.#options = options;
    this.#channel = commandsChannel(options.prefix, options.workerId);
  }

  async start(): Promise<void> {
    const { subscriber } = this.#options;
    subscriber.on('message', this.#onMessage);
    await subscriber.subscribe(this.#channel);
  }

  async stop(): Promise<void> {
    const { subscriber } = this.#options;
    subscriber.off('message', this.#onMessage);
    await subscriber.unsubscribe(this.#channel);
  }

  #take(message: string): void {
    const { logger, onCommand } = this.#options;
    let command: CallCommand;
    try {
      command = callCommandSchema.parse(JSON.parse(message));
    } catch (error) {
      logger.warn({ err: error }, 'a command that cannot be read');
      return;
    }
    onCommand(command);
  }
}

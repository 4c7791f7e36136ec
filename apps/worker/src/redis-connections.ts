import { cut } from '@outdial/ledger';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';

/** The worker's two connections to Redis; neither is opened before it is asked for. */
export class RedisConnections {
  readonly commands: Redis;
  /** A connection that listens takes no other commands. */
  readonly subscriber: Redis;

  constructor(url: string, logger: Logger) {
    // Commands wait for a Redis that is away, however long: what happened to a call must get written.
    this.commands = new Redis(url, {
      maxRetriesPerRequest: null,
      lazyConnect: true,
      // Milliseconds: a Redis that is back is found soon, before anybody is taken for lost.
      retryStrategy: (times) => Math.min(50 * times, 500),
      // A master that became a replica keeps its connections; by name the new master is found.
      reconnectOnError: (error) => error.message.includes('READONLY'),
    });
    this.subscriber = this.commands.duplicate();
    for (const connection of [this.commands, this.subscriber]) {
      connection.on('error', (error) => logger.warn({ err: error }, 'Redis'));
    }
  }

  /** Rejects when Redis cannot be reached now; from then on it is waited for. */
  async connect(): Promise<void> {
    await this.commands.connect();
  }

  /** Ends both, whatever state they are in: what waits for them rejects. */
  cut(): void {
    for (const connection of [this.commands, this.subscriber]) cut(connection);
  }
}

import { closeConnection } from './close-connection.js';
import { openRedis, type RedisAddress } from './open-redis.js';
import type { RedisClient } from './redis-client.js';

/**
 * A worker's two connections. Commands wait for a Redis that is away, however long: what happened to a call must be
 * written down. Neither connection is opened before its first use.
 */
export class WorkerConnections {
  readonly commands: RedisClient;
  /** A connection that is subscribed takes no other commands. */
  readonly subscriber: RedisClient;

  constructor(address: RedisAddress, { onError }: { onError: (error: Error) => void }) {
    this.commands = openPatient(address);
    this.subscriber = openPatient(address);
    for (const connection of [this.commands, this.subscriber]) connection.on('error', onError);
  }

  /** Rejects when Redis cannot be reached now; from then on it is waited for. */
  async connect(): Promise<void> {
    await this.commands.connect();
  }

  /** Closes both, in whatever state they are: commands that wait for them reject. */
  close(): void {
    for (const connection of [this.commands, this.subscriber]) closeConnection(connection);
  }
}

function openPatient(address: RedisAddress): RedisClient {
  return openRedis(address, {
    maxRetriesPerRequest: null,
    // A Redis that is back is found before any worker's lease runs out.
    retryStrategy: (times) => Math.min(50 * times, 500),
    // A primary that became a replica keeps its connections; connecting again by name finds the new primary.
    reconnectOnError: (error) => error.message.includes('READONLY'),
  });
}

import type { Socket } from 'node:net';
import { Cluster, type Redis, type RedisClient } from './redis-client.js';

/**
 * From now on the commands that a connection sends in one turn of the event loop leave in one system call. A busy process
 * sends several in most turns, and each write of its own costs more than building the command.
 */
export function gatherWrites<Client extends RedisClient>(client: Client): Client {
  if (client instanceof Cluster) client.on('+node', gatherOn);
  else gatherOn(client);
  return client;
}

function gatherOn(redis: Redis): void {
  redis.on('connect', () => gatherWritesOf((redis as unknown as { stream: Socket }).stream));
}

function gatherWritesOf(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    return write(...args);
  };
}

import { QUEUE_STREAM_MAX } from '@outdial/contract';
import { Queue } from 'bullmq';
import type { RedisClient } from '../redis/redis-client.js';

/** Opens a BullMQ queue on a shared connection, which it leaves open when it is closed. */
export function openQueue<Data>(
  name: string,
  { redis, prefix }: { redis: RedisClient; prefix: string },
): Queue<Data, unknown, string> {
  const queue = new Queue<Data, unknown, string>(name, {
    connection: redis,
    prefix,
    skipVersionCheck: true,
    streams: { events: { maxLen: QUEUE_STREAM_MAX } },
  });
  // It repeats the errors of the shared connection, which the connection's owner handles.
  queue.on('error', () => undefined);
  return queue;
}

import type { Redis } from 'ioredis';
import { connectRedis, type RedisTarget, redisTarget } from './connection.js';
import { QueueInspection } from './queue-inspection.js';

/** What a command that talks to the queue works with. */
export interface Session extends RedisTarget {
  redis: Redis;
  inspection: QueueInspection;
}

/** Connects to the Redis that the environment names for as long as `work` takes. */
export async function withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
  const target = await redisTarget(process.env);
  const redis = await connectRedis(target);
  const inspection = new QueueInspection(redis, target.prefix);
  try {
    return await work({ ...target, redis, inspection });
  } finally {
    await inspection.close();
    redis.disconnect();
  }
}

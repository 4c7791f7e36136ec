import type { RedisClient } from '@outdial/queue';
import { connectRedis, type RedisTarget, redisTarget } from './connection.js';
import { QueueInspection } from './queue-inspection.js';

/** The connections of a command. */
export interface Session extends RedisTarget {
  redis: RedisClient;
  inspection: QueueInspection;
}

/** Connects to Redis, runs `work`, and closes the connections. */
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

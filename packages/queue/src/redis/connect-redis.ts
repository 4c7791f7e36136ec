import { openRedis, type RedisAddress } from './open-redis.js';
import type { RedisClient } from './redis-client.js';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Connects at once or rejects with the reason. Afterwards a Redis that goes away is waited for. The caller closes the
 * connection.
 */
export async function connectRedis(address: RedisAddress): Promise<RedisClient> {
  let wasConnected = false;
  let problem: string | null = null;
  const redis = openRedis(address, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times) => (wasConnected ? Math.min(times * 100, 2000) : null),
  });
  // ioredis tells the reason here, and rejects `connect` with "Connection is closed".
  redis.on('error', (error: Error & { lastNodeError?: Error }) => {
    problem = error.lastNodeError?.message || error.message || problem;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    const isVague = error instanceof Error && /closed|startup nodes/i.test(error.message);
    throw new Error(isVague ? (problem ?? 'no answer') : String(error), { cause: error });
  }
  wasConnected = true;
  return redis;
}

import { DEFAULT_PREFIX, DEFAULT_REDIS_URL, OutdialError } from '@outdial/contract';
import { Redis } from 'ioredis';
import { findRunningDemo } from './demo/running-demo.js';

export interface RedisTarget {
  url: string;
  prefix: string;
}

const CONNECT_TIMEOUT_MS = 5000;

/**
 * The Redis that the environment names, or the section `redis` of the file that `OUTDIAL_CONFIG` names; else that of
 * a demo running in this directory, else the local one.
 */
export async function redisTarget(env: NodeJS.ProcessEnv): Promise<RedisTarget> {
  if (env.OUTDIAL_CONFIG !== undefined) {
    const { loadRedisConfiguration } = await import('@outdial/worker/redis-configuration');
    return loadRedisConfiguration(env);
  }
  const demo = env.OUTDIAL_REDIS_URL === undefined ? findRunningDemo() : null;
  return {
    url: env.OUTDIAL_REDIS_URL ?? demo?.redis.url ?? DEFAULT_REDIS_URL,
    prefix: env.OUTDIAL_PREFIX ?? demo?.redis.prefix ?? DEFAULT_PREFIX,
  };
}

/**
 * Connects, or throws `QUEUE_UNAVAILABLE` at once when Redis cannot be reached. Afterwards a Redis that goes
 * away is waited for.
 */
export async function connectRedis({ url }: Pick<RedisTarget, 'url'>): Promise<Redis> {
  assertRedisUrl(url);
  let wasConnected = false;
  let problem = 'no answer';
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => (wasConnected ? Math.min(times * 100, 2000) : null),
  });
  // ioredis tells the reason here, and rejects `connect` with "Connection is closed".
  redis.on('error', (error) => {
    problem = (error as Error).message || problem;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    const reason = error instanceof Error && /closed/i.test(error.message) ? problem : String(error);
    throw new OutdialError(
      'QUEUE_UNAVAILABLE',
      `Redis at ${withoutPassword(url)} cannot be used (${reason}); start one, or set OUTDIAL_REDIS_URL ("npm start -- --stay" brings up all to try things on)`,
      { cause: error, retryable: true },
    );
  }
  wasConnected = true;
  return redis;
}

/** The URL as it may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*:)[^@/]*@/, '$1***@');
}

function assertRedisUrl(url: string): void {
  if (/^rediss?:\/\//.test(url)) return;
  throw new OutdialError(
    'INVALID_CONFIGURATION',
    'invalid OUTDIAL_REDIS_URL: it is redis://[user:password@]host[:port][/db]',
  );
}

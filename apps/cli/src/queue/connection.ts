import { DEFAULT_PREFIX, DEFAULT_REDIS_URL, OutdialError } from '@outdial/contract';
import { connectRedis as connect, type RedisClient } from '@outdial/queue';
import { readDemoState } from '../demo/demo-state.js';

export interface RedisTarget {
  url: string;
  /** Nodes of a cluster, in place of `url`. */
  nodes?: readonly string[] | undefined;
  prefix: string;
}

/**
 * The Redis of `OUTDIAL_REDIS_URL` or `OUTDIAL_REDIS_NODES`, or of the section `redis` in the file `OUTDIAL_CONFIG`; else that of a
 * demo that is running in this directory; else the default.
 */
export async function redisTarget(env: NodeJS.ProcessEnv): Promise<RedisTarget> {
  if (env.OUTDIAL_CONFIG !== undefined) {
    const { loadRedisConfiguration } = await import('@outdial/service/redis-configuration');
    return loadRedisConfiguration(env);
  }
  const nodes = env.OUTDIAL_REDIS_NODES?.split(',').map((node) => node.trim());
  const demo = env.OUTDIAL_REDIS_URL === undefined && nodes === undefined ? readDemoState() : null;
  return {
    nodes,
    url: env.OUTDIAL_REDIS_URL ?? demo?.redis.url ?? DEFAULT_REDIS_URL,
    prefix: env.OUTDIAL_PREFIX ?? demo?.redis.prefix ?? DEFAULT_PREFIX,
  };
}

/**
 * Connects to Redis. A connection that is lost later is restored in the background.
 * @throws {OutdialError} `QUEUE_UNAVAILABLE` when Redis cannot be reached now
 */
export async function connectRedis(target: Pick<RedisTarget, 'url' | 'nodes'>): Promise<RedisClient> {
  const { url, nodes } = target;
  if (nodes === undefined) assertRedisUrl(url);
  try {
    return await connect(nodes === undefined ? url : { nodes });
  } catch (error) {
    if (error instanceof OutdialError) throw error;
    throw new OutdialError(
      'QUEUE_UNAVAILABLE',
      `Redis at ${describeTarget(target)} cannot be used (${(error as Error).message}); start it, or set OUTDIAL_REDIS_URL ("npm start -- --stay" starts everything for trials)`,
      { cause: error, retryable: true },
    );
  }
}

/** Where Redis is, for output. */
export function describeTarget({ url, nodes }: Pick<RedisTarget, 'url' | 'nodes'>): string {
  return (nodes ?? [url]).map(withoutPassword).join(', ');
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*:)[^@/]*@/, '$1***@');
}

function assertRedisUrl(url: string): void {
  if (/^rediss?:\/\//.test(url)) return;
  throw new OutdialError(
    'INVALID_CONFIGURATION',
    'invalid OUTDIAL_REDIS_URL: expected redis://[user:password@]host[:port][/db]',
  );
}

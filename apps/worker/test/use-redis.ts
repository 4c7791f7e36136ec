import { type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';

/** A Redis of the file's own, and a connection to it; both end with the file. */
export function useRedis(): { readonly redis: Redis } {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.close();
  });
  return {
    get redis() {
      return redis;
    },
  };
}

import { Cluster, Redis, type RedisOptions } from 'ioredis';

export { Cluster, Redis, type RedisOptions } from 'ioredis';

/** A connection to one Redis or to a cluster. */
export type RedisClient = Redis | Cluster;

/** Whether it is a connection, and not the address of a Redis. */
export function isRedisClient(source: unknown): source is RedisClient {
  return source instanceof Redis || source instanceof Cluster;
}

/** The servers that hold the keys: the one that the client is connected to, or the primaries of its cluster. */
export function primariesOf(client: RedisClient): Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** The options of a cluster's connections to its nodes, or of the connection itself. */
export function connectionOptions(client: RedisClient): RedisOptions {
  return client instanceof Cluster ? (client.options.redisOptions ?? {}) : client.options;
}

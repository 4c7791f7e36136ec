import { OutdialError } from '@outdial/contract';
import { gatherWrites } from './gather-writes.js';
import { Cluster, Redis, type RedisClient, type RedisOptions } from './redis-client.js';

/** A Redis Cluster, by some of its nodes: the others are found through them. */
export interface RedisNodes {
  /** `redis[s]://[user:password@]host[:port]` each. User, password and TLS of the first hold for all nodes. */
  nodes: readonly string[];
}

/** Where Redis is: a URL, ioredis options, or the nodes of a cluster. */
export type RedisAddress = string | RedisOptions | RedisNodes;

/** How a connection behaves; times are in milliseconds. */
export interface ConnectionTraits {
  /** How often a command is sent again after a lost connection; null: as often as it takes. */
  maxRetriesPerRequest: number | null;
  /** The time that one command may take; absent: any. */
  commandTimeout?: number;
  /** The time that connecting may take. */
  connectTimeout?: number;
  /** How long to wait before connecting the n-th time again; null: not again. Absent: ioredis' own back-off. */
  retryStrategy?: (times: number) => number | null;
  /** Whether an error that Redis answered calls for another connection. */
  reconnectOnError?: (error: Error) => boolean;
}

/** Opens a connection with its first command, or with `connect`. Throws `INVALID_CONFIGURATION`. */
export function openRedis(address: RedisAddress, traits: ConnectionTraits): RedisClient {
  const { retryStrategy, ...others } = traits;
  if (typeof address === 'string') return gatherWrites(new Redis(address, { lazyConnect: true, ...traits }));
  if (!isNodes(address)) {
    // Replies come in the shapes that the code here expects, whatever the app prefers for its own connections.
    const { replyMapping: _, ...rest } = address;
    return gatherWrites(new Redis({ ...rest, lazyConnect: true, ...traits }));
  }
  const { nodes, security } = parseNodes(address.nodes);
  const cluster = new Cluster(nodes, {
    lazyConnect: true,
    redisOptions: { ...security, ...others },
    // Names are resolved by TLS and by the system, not by ioredis' own cache.
    dnsLookup: (name, callback) => callback(null, name),
    ...(retryStrategy && { clusterRetryStrategy: retryStrategy }),
  });
  return gatherWrites(cluster);
}

function isNodes(address: RedisOptions | RedisNodes): address is RedisNodes {
  return 'nodes' in address;
}

function parseNodes(urls: readonly string[]): {
  nodes: Array<{ host: string; port: number }>;
  security: Pick<RedisOptions, 'username' | 'password' | 'tls'>;
} {
  const parsed = urls.map((url) => {
    if (/^rediss?:\/\//.test(url) && URL.canParse(url)) return new URL(url);
    throw invalidNodes('a node is redis://[user:password@]host[:port]');
  });
  const [first] = parsed;
  if (first === undefined) throw invalidNodes('at least one node is needed');
  return {
    nodes: parsed.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? 6379 : Number(port),
    })),
    security: {
      ...(first.username !== '' && { username: decodeURIComponent(first.username) }),
      ...(first.password !== '' && { password: decodeURIComponent(first.password) }),
      ...(first.protocol === 'rediss:' && { tls: {} }),
    },
  };
}

function invalidNodes(message: string): OutdialError {
  return new OutdialError('INVALID_CONFIGURATION', `redis.nodes: ${message}`, {
    issues: [{ path: 'redis.nodes', message }],
  });
}

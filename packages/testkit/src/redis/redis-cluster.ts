import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type RedisServer, startRedis } from './redis.js';

const run = promisify(execFile);

/** Three real redis-servers in cluster mode, each with a third of the slots. */
export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  /** The URLs of the nodes. */
  readonly urls: readonly string[];
  /** Ends all of them, and removes their directories. */
  close(): Promise<void>;
}

/** A node also needs the port 10,000 above its own, which somebody may have: then other ports are tried. */
const ATTEMPTS = 3;

export async function startRedisCluster(): Promise<RedisCluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToStart();
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function tryToStart(): Promise<RedisCluster> {
  const args = [
    '--cluster-enabled',
    'yes',
    '--cluster-announce-ip',
    '127.0.0.1',
    '--cluster-node-timeout',
    '5000',
  ];
  const starts = await Promise.allSettled([1, 2, 3].map(() => startRedis({ args })));
  const servers = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const close = async () => void (await Promise.all(servers.map((server) => server.close())));
  try {
    for (const start of starts) if (start.status === 'rejected') throw start.reason;
    const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
    await run('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-replicas', '0', '--cluster-yes']);
    await Promise.all(servers.map(({ port }) => isComplete(port)));
  } catch (error) {
    await close();
    throw error;
  }
  return { servers, urls: servers.map(({ url }) => url), close };
}

/** Resolves once a node knows that every slot has its server. */
async function isComplete(port: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'cluster', 'info']);
    if (stdout.includes('cluster_state:ok') && stdout.includes('cluster_known_nodes:3')) return;
    if (Date.now() > deadline) throw new Error(`the cluster of port ${port} is not complete: ${stdout}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

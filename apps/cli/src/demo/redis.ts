import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import getPort from 'get-port';
import { connectRedis } from '../queue/connection.js';
import { Child } from './child-process.js';

const START_WITHIN_MS = 10_000;
const POLL_INTERVAL_MS = 25;

export interface DemoRedis {
  child: Child;
  url: string;
  /** Resolves once Redis answers. */
  ready: Promise<void>;
}

/** Starts a redis-server on a free port with its append-only file on. */
export async function startRedis(directory: string): Promise<DemoRedis> {
  if (spawnSync('redis-server', ['--version']).error !== undefined) {
    throw new Error(
      'redis-server is not installed; "npm start" installs it, as does: apt-get install redis-server',
    );
  }
  const data = join(directory, 'redis');
  mkdirSync(data);
  const port = await getPort({ host: '127.0.0.1' });
  const child = Child.guarded(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', data],
      ...['--save', '', '--appendonly', 'yes', '--maxmemory-policy', 'noeviction'],
    ],
    { name: 'redis-server', logFile: join(directory, 'redis.log') },
  );
  const url = `redis://127.0.0.1:${port}`;
  return { child, url, ready: waitUntilReady(url) };
}

async function waitUntilReady(url: string): Promise<void> {
  const deadline = Date.now() + START_WITHIN_MS;
  for (;;) {
    try {
      const redis = await connectRedis({ url });
      redis.disconnect();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }
}

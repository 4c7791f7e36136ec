import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../network/free-port.js';

export interface RedisOptions {
  /** Keep data across restarts in an append-only file; default false. */
  appendOnly?: boolean;
  /** Data directory; default: a temporary one, which `close` removes. */
  dir?: string;
  /** More configuration, as on the command line: `['--maxmemory', '4mb']`. */
  args?: readonly string[];
}

/** A real redis-server on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it gracefully and removes its directory. */
  close(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Ends it unless it was killed, and starts it again on the same port and directory. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open but get no replies. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'outdial-redis-')));
  const port = await freePort();
  const launch = () => launchRedis(port, dir, options);
  let server = await launch();

  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    // A paused process handles SIGTERM only after SIGCONT.
    server.kill('SIGCONT');
    await exited;
  };

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async close() {
      await end('SIGTERM');
      if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGTERM');
      server = await launch();
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
  };
}

async function launchRedis(port: number, dir: string, options: RedisOptions): Promise<ChildProcess> {
  const server = spawn(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
      ...['--appendonly', options.appendOnly ? 'yes' : 'no', '--appendfsync', 'everysec'],
      ...(options.args ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const failed = Promise.race([
    once(server, 'error').then(([error]) => Promise.reject(error)),
    once(server, 'exit').then(([code]) =>
      Promise.reject(new Error(`redis-server ended with status ${code}`)),
    ),
  ]);
  // Later it also ends when told to, which must not be an unhandled rejection.
  failed.catch(() => undefined);
  // It must not outlive the test process.
  const killIt = () => void server.kill('SIGKILL');
  process.once('exit', killIt);
  server.once('exit', () => process.off('exit', killIt));
  // The pipe must be read, or the server blocks once it is full.
  server.stdout?.resume();
  const deadline = Date.now() + 10_000;
  while (!(await Promise.race([isReady(port), failed]))) {
    if (Date.now() > deadline) throw new Error(`redis-server on port ${port} did not start in 10 s`);
  }
  return server;
}

/** Whether it answers PING, which it does once its append-only file is loaded. */
async function isReady(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [reply] = (await once(socket, 'data', { signal: AbortSignal.timeout(1000) })) as [Buffer];
    if (reply.toString().startsWith('+PONG')) return true;
  } catch {
    // Not listening yet.
  } finally {
    socket.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  return false;
}

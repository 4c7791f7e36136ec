import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

export interface RedisOptions {
  /** Keep data over a restart in an append-only file; default false: nothing is kept. */
  appendOnly?: boolean;
  /** Where to keep it; default: a directory of the server's own, which `stop` removes. */
  dir?: string;
  /** More configuration, as on the command line: `['--maxmemory', '4mb']`. */
  args?: readonly string[];
}

/** A real redis-server on a free port of 127.0.0.1. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends it in good order and removes its directory. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, or ends and starts it: same port, same directory. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open, nothing is answered. */
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
    // A paused server hears of SIGTERM only once it runs.
    server.kill('SIGCONT');
    await exited;
  };

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
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
  // Nobody listens once it runs: it also ends when it is told to.
  failed.catch(() => undefined);
  // A test process that dies must not leave it behind.
  const killIt = () => void server.kill('SIGKILL');
  process.once('exit', killIt);
  server.once('exit', () => process.off('exit', killIt));
  // It logs to the pipe, which must be read; nobody wants to see it.
  server.stdout?.resume();
  const deadline = Date.now() + 10_000;
  while (!(await Promise.race([isReady(port), failed]))) {
    if (Date.now() > deadline) throw new Error(`redis-server on port ${port} did not start in 10 s`);
  }
  return server;
}

/** Whether it answers PING, which it does only once its append-only file is loaded. */
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

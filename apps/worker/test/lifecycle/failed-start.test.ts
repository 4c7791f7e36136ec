import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { DEFAULT_PREFIX, ledgerKeys } from '@outdial/contract';

import { type RedisServer, type Servers, startRedis, startServers } from '@outdial/testkit';
import getPort from 'get-port';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, it } from 'vitest';

const HERE = fileURLToPath(new URL('..', import.meta.url));
/** A process that does nothing but try to start a worker: it ends only if nothing of that is left. */
const TRY = `
  import { parseWorkerConfiguration, startWorker } from '@outdial/worker';
  const configuration = parseWorkerConfiguration(JSON.parse(process.argv[1]));
  await startWorker(configuration).catch((error) => process.stdout.write(String(error.code ?? error.message)));
`;

let redis: RedisServer;
let engines: Servers;
beforeAll(async () => {
  [redis, engines] = await Promise.all([startRedis(), startServers()]);
});
afterAll(async () => {
  await engines.close();
  await redis.close();
});

/** What the start was rejected with, once its process has ended by itself. */
async function tryToStart(more: object): Promise<{ rejection: string; status: number | null }> {
  const configuration = {
    redis: { url: redis.url },
    telephony: { drachtio: [engines.drachtio], freeswitch: [engines.freeswitch] },
    health: { port: 0 },
    logLevel: 'silent',
    ...more,
  };
  const args = ['--input-type=module', '--eval', TRY, JSON.stringify(configuration)];
  const child = spawn(process.execPath, args, { cwd: HERE, stdio: ['ignore', 'pipe', 'inherit'] });
  let rejection = '';
  child.stdout.on('data', (chunk) => {
    rejection += chunk;
  });
  const [status] = await once(child, 'close');
  return { rejection, status };
}

describe.concurrent('a worker that cannot start leaves nothing behind', () => {
  it('when its health port is taken, and no other worker has heard of it', async ({ expect }) => {
    const holder = createServer();
    await once(holder.listen(0, '127.0.0.1'), 'listening');
    const { port } = holder.address() as { port: number };
    expect(await tryToStart({ health: { port } })).toEqual({ rejection: 'INVALID_CONFIGURATION', status: 0 });
    holder.close();
    const connection = new Redis(redis.url);
    expect(await connection.keys(`${ledgerKeys(DEFAULT_PREFIX).workers}*`)).toEqual([]);
    connection.disconnect();
  });

  it('when Redis is not there', async ({ expect }) => {
    const url = `redis://127.0.0.1:${await getPort({ host: '127.0.0.1' })}`;
    const { rejection, status } = await tryToStart({ redis: { url } });
    expect(rejection).not.toBe('');
    expect(status).toBe(0);
  });
});

import { once } from 'node:events';
import { FaultLink, openTcpProxy, type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeConnection } from '../src/index.js';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

/** A read that waits on a connection that is then lost, and whose second try takes `retryMs` to begin and then hears nothing. */
async function losesConnection(retryMs: number) {
  const lost = new FaultLink();
  const silent = new FaultLink();
  silent.freeze();
  const { hostname, port } = new URL(server.url);
  const links = [lost];
  const proxy = await openTcpProxy({ host: hostname, port: Number(port) }, () => links.shift() ?? silent);
  const connection = new Redis({
    port: proxy.port,
    maxRetriesPerRequest: null,
    retryStrategy: () => retryMs,
  });
  connection.on('error', () => undefined);
  await connection.ping();
  const read = connection.xread('BLOCK', 0, 'STREAMS', 'stream', '0').catch((error: Error) => error.message);
  // The server has the read before the connection is lost.
  const redis = new Redis(server.url);
  await expect.poll(() => redis.client('LIST')).toContain('cmd=xread');
  redis.disconnect();
  return { connection, read, cut: () => lost.cut(), close: () => proxy.close() };
}

test.each([
  { status: 'reconnecting', retryMs: 60_000 },
  { status: 'connect', retryMs: 0 },
])('closed while its status is $status, a connection rejects what was under way, and ends', async (at) => {
  const { connection, read, cut, close } = await losesConnection(at.retryMs);
  cut();
  await once(connection, at.status);
  const ended = once(connection, 'end');
  closeConnection(connection);
  expect(await read).toBe('Connection is closed.');
  await close();
  await ended;
});

test('closed while it is ready, a connection rejects what is under way, and ends', async () => {
  const { connection, read, close } = await losesConnection(0);
  const ended = once(connection, 'end');
  closeConnection(connection);
  expect(await read).toBe('Connection is closed.');
  await ended;
  await close();
});

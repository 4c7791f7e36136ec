import { laneQueueName, parseCallJob } from '@outdial/contract';
import { type RedisCluster, startRedisCluster } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lanes, LaneWorker, RedisAccess, WorkerConnections } from '../src/index.js';
import { eventually } from './support.js';

let servers: RedisCluster;
beforeAll(async () => {
  servers = await startRedisCluster();
});
afterAll(() => servers.close());

it('requests reject in time while the server of their slot is down, and are answered once it is back', async () => {
  const access = new RedisAccess({ redis: { nodes: servers.urls }, timeoutMs: 1000 });
  const write = () => access.request('write', (client) => client.set('{outdial}:key', 'value'));
  try {
    // On a busy machine the first connection may take longer than a request has.
    await eventually(() => write().catch(({ code }) => code)).toBe('OK');
    for (const server of servers.servers) await server.kill();
    await expect(write()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retryable: true });
    await Promise.all(servers.servers.map((server) => server.restart()));
    await eventually(() => write().catch(({ code }) => code)).toBe('OK');
  } finally {
    await access.close();
  }
});

it('a worker waits for a cluster that is down, and takes jobs again once it is back', async () => {
  const address = { nodes: servers.urls };
  const connections = new WorkerConnections(address, { onError: () => undefined });
  const access = new RedisAccess({ redis: address });
  const lanes = new Lanes(access);
  const taken: string[] = [];
  const worker = new LaneWorker(laneQueueName('default'), async ({ id = '' }) => void taken.push(id), {
    connection: connections.commands,
    prefix: access.prefix,
    runRetryDelay: 100,
  });
  worker.on('error', () => undefined);
  const add = (id: string) =>
    access.request('add', () =>
      lanes.queue('default').add('call', parseCallJob({ id, callTo: 'sip:human@lab' }), { jobId: id }),
    );
  try {
    await add('before');
    await eventually(() => taken).toEqual(['before']);
    for (const server of servers.servers) await server.kill();
    const waiting = connections.commands.set('{outdial}:key', 'written').catch(() => 'refused');
    await Promise.all(servers.servers.map((server) => server.restart()));
    // What was sent meanwhile is written or refused, and never left without an answer.
    expect(['OK', 'refused']).toContain(await waiting);
    await eventually(async () => {
      await add('after').catch(() => undefined);
      return taken.includes('after');
    }).toBe(true);
  } finally {
    await worker.close(true);
    connections.close();
    await lanes.close();
    await access.close();
  }
});

import { CallQueue, CallResults } from '@outdial/client';
import type { CallResult } from '@outdial/contract';
import { redisAddress } from '@outdial/service';
import { type RedisCluster, startRedisCluster } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseWorkerConfiguration } from '../../src/config/configuration.js';
import { callIds, useWorkers, WITHIN } from '../support.js';

const parts = useWorkers();
let servers: RedisCluster;
beforeAll(async () => {
  servers = await startRedisCluster();
});
afterAll(() => servers.close());

it('two workers share the jobs that a Redis Cluster holds, and each job has its one result', async () => {
  const callee = await parts.callee({ scenario: 'rejects-busy-486', calls: 10 });
  const section = { nodes: servers.urls.slice(1) };
  await Promise.all([1, 2].map(() => parts.start({ redis: section })));
  const redis = redisAddress({ url: 'redis://127.0.0.1:9', ...section });
  const queue = new CallQueue({ redis });
  const results = new CallResults({ redis });
  const seen: CallResult[] = [];
  results.consume((result) => void seen.push(result));
  try {
    const callTo = `sip:callee@${callee.address}`;
    await queue.addBulk(Array.from({ length: 10 }, (_, i) => ({ id: `job-${i}`, callTo })));
    await expect.poll(() => seen.length, WITHIN).toBe(10);
    expect(seen.map(({ cause }) => cause)).toEqual(seen.map(() => 'BUSY'));
    expect(callIds(callee)).toHaveLength(10);
  } finally {
    await results.close();
    await queue.close();
  }
});

it('a prefix without braces is refused with nodes: its keys would be in many slots', () => {
  const parse = (redis: object) =>
    parseWorkerConfiguration({
      redis,
      telephony: {
        drachtio: [parts.engines.drachtio],
        freeswitch: [parts.engines.freeswitch],
        media: 'freeswitch',
      },
    });
  const nodes = ['redis://127.0.0.1:6379'];
  expect(() => parse({ nodes, prefix: 'outdial' })).toThrow(/redis\.prefix/);
  expect(parse({ nodes }).redis).toMatchObject({ nodes, prefix: '{outdial}' });
  expect(() => parse({ nodes: ['127.0.0.1:6379'] })).toThrow(/redis\.nodes/);
});

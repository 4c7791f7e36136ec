import { randomUUID } from 'node:crypto';
import { type RedisCluster, startRedisCluster } from '@outdial/testkit';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Outdial, type RedisSource } from '../../src/index.js';
import { eventually } from '../support.js';

let servers: RedisCluster;
beforeAll(async () => {
  servers = await startRedisCluster();
});
afterAll(() => servers.close());

describe.each([
  { how: 'by its nodes', open: (urls: readonly string[]): RedisSource => ({ nodes: urls.slice(0, 1) }) },
  { how: 'over a connection of the app’s own', open: (urls: readonly string[]) => new Cluster([...urls]) },
])('a Redis Cluster, $how', ({ open }) => {
  test('takes jobs, cancels them, and hands results and events out', async () => {
    const redis = open(servers.urls);
    const outdial = new Outdial({ redis, prefix: `{outdial-${randomUUID().slice(0, 8)}}` });
    const jobs = Array.from({ length: 20 }, (_, i) => ({
      id: `job-${i}`,
      callTo: 'sip:human@lab',
      label: 'spring',
    }));
    try {
      const queued = await outdial.queue.addBulk(jobs);
      expect(queued[0]?.warnings).toHaveLength(1);
      await outdial.queue.setLaneLimits('default', { callsPerSecond: 5, concurrency: 2 });
      expect(await outdial.queue.laneSettings('default')).toMatchObject({
        callsPerSecond: 5,
        concurrency: 2,
      });
      const results = new Set<string>();
      outdial.results.consume(({ jobId }) => void results.add(jobId));
      const from = await outdial.events.lastId();
      expect(await outdial.queue.cancelLabel('spring')).toMatchObject({ cancelled: 20 });
      await eventually(() => results.size).toBe(20);
      const events = new Set<string>();
      for await (const { event } of outdial.events.follow({ from })) {
        events.add(event.jobId);
        if (events.size === 20) break;
      }
      expect((await outdial.queue.labelCounts('spring')).waiting).toBe(0);
      expect((await outdial.audit({ graceMs: 20 })).ok).toBe(true);
    } finally {
      await outdial.close();
      if (redis instanceof Cluster) redis.disconnect();
    }
  });
});

test('nodes that are no URLs are refused as such', () => {
  for (const nodes of [[], ['127.0.0.1:6379'], ['http://127.0.0.1']])
    expect(() => new Outdial({ redis: { nodes } })).toThrow(/^redis\.nodes: /);
});

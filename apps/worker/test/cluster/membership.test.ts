import { randomUUID } from 'node:crypto';
import { ledgerKeys } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Membership } from '../../src/cluster/membership.js';

let server: RedisServer;
let redis: Redis;
const started: Membership[] = [];
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const membership of started.splice(0)) await membership.close();
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

async function join(more: { intervalMs?: number; onTakenOver?: () => void } = {}) {
  const ledger = new Ledger(redis, { prefix: `{outdial-${randomUUID().slice(0, 8)}}` });
  const membership = new Membership({
    workerId: 'w1',
    ledger,
    logger: pino({ level: 'silent' }),
    intervalMs: 600_000,
    ttlMs: 6000,
    onCancel: () => undefined,
    onTakenOver: () => undefined,
    ...more,
  });
  started.push(membership);
  await membership.start();
  return { membership, ledger };
}

it.each([
  ['it was frozen', performance],
  ['its machine slept, which a monotonic clock does not notice', Date],
])('a worker knows by itself that its lease is over when %s', async (_, clock: { now(): number }) => {
  const { membership } = await join();
  expect([membership.isLeaseLive(), membership.isInTouch()]).toEqual([true, true]);
  const now = clock.now();
  const moved = vi.spyOn(clock, 'now').mockReturnValue(now + 3500);
  expect([membership.isLeaseLive(), membership.isInTouch()]).toEqual([true, false]);
  moved.mockReturnValue(now + 6500);
  expect([membership.isLeaseLive(), membership.isInTouch()]).toEqual([false, false]);
});

it('a worker that was taken over gives up its calls before it registers again', async () => {
  let registered: (leases: string[]) => void;
  const whenTakenOver = new Promise<string[]>((resolve) => {
    registered = resolve;
  });
  const { ledger } = await join({
    intervalMs: 20,
    onTakenOver: () => void redis.zrange(ledgerKeys(ledger.prefix).workers, '0', '-1').then(registered),
  });
  await redis.zrem(ledgerKeys(ledger.prefix).workers, 'w1');
  expect(await whenTakenOver).toEqual([]);
  await expect.poll(() => redis.zrange(ledgerKeys(ledger.prefix).workers, '0', '-1')).toEqual(['w1']);
});

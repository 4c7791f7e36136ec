import { describe, expect, it } from 'vitest';
import { OutcomeLeases, OutcomeQueue, RedisAccess } from '../src/index.js';
import { eventually, useRedis } from './support.js';

const redis = useRedis();
const KEEP = { attempts: 3, backoffMs: 10, ageSeconds: 60, consumedMax: 100 };
const LONG_MS = 60_000;

async function outcomes(...jobIds: string[]) {
  const { lanes: _, prefix, redis: client } = redis.lanes();
  const queue = new OutcomeQueue('results', { redis: client, prefix });
  await queue.add(
    jobIds.map((jobId) => ({ kind: 'result', jobId, record: { jobId } })),
    KEEP,
  );
  return {
    queue,
    lease() {
      const access = new RedisAccess({ redis: redis.address, prefix });
      const leases = new OutcomeLeases(access, 'results');
      redis.onClose(() => access.close());
      redis.onClose(() => leases.close());
      return leases;
    },
  };
}

const fine = () => null;

describe('leases of outcomes', () => {
  it('lend each outcome once, the oldest first, and any process may acknowledge', async () => {
    const { queue, lease } = await outcomes('a', 'b', 'c');
    const [one, other] = [lease(), lease()];
    const first = await one.take({ max: 2, leaseMs: LONG_MS }, fine);
    const rest = await other.take({ max: 5, leaseMs: LONG_MS }, fine);
    expect([first, rest].map((leases) => leases.map(({ data }) => data))).toEqual([
      [{ jobId: 'a' }, { jobId: 'b' }],
      [{ jobId: 'c' }],
    ]);
    for (const { id } of [...first, ...rest]) expect(await other.acknowledge(id)).toBe(true);
    expect(await queue.counts()).toMatchObject({ waiting: 0, active: 0, consumed: 3 });
    expect(await one.acknowledge(first[0]?.id ?? '')).toBe(false);
  });

  it('that run out go to another consumer, and can no longer be acknowledged', async () => {
    const { lease } = await outcomes('a');
    const [one, other] = [lease(), lease()];
    const [lent] = await one.take({ max: 1, leaseMs: 50 }, fine);
    let again: Awaited<ReturnType<OutcomeLeases['take']>> = [];
    await eventually(async () => {
      again = await other.take({ max: 1, leaseMs: LONG_MS }, fine);
      return again.map(({ data }) => data);
    }).toEqual([{ jobId: 'a' }]);
    expect(await one.acknowledge(lent?.id ?? '')).toBe(false);
    expect(await one.acknowledge(again[0]?.id ?? '')).toBe(true);
  });

  it('that are given back are lent at once', async () => {
    const { lease } = await outcomes('a');
    const leases = lease();
    const [lent] = await leases.take({ max: 1, leaseMs: LONG_MS }, fine);
    expect(await leases.take({ max: 1, leaseMs: LONG_MS }, fine)).toEqual([]);
    expect(await leases.giveBack(lent?.id ?? '')).toBe(true);
    expect(await leases.take({ max: 1, leaseMs: LONG_MS }, fine)).toMatchObject([{ data: { jobId: 'a' } }]);
  });

  it('lend nothing that breaks the contract: it goes to the failed ones', async () => {
    const { queue, lease } = await outcomes('broken', 'fine');
    const problemOf = (data: unknown) =>
      (data as { jobId: string }).jobId === 'broken' ? 'is broken' : null;
    expect(await lease().take({ max: 5, leaseMs: LONG_MS }, problemOf)).toMatchObject([
      { data: { jobId: 'fine' } },
    ]);
    expect(await queue.counts()).toMatchObject({ failed: 1, active: 1 });
  });

  it('of another form are unknown', async () => {
    const leases = (await outcomes()).lease();
    for (const id of ['', '.', 'x', 'x.of-nothing', 'x.meta'])
      expect(await leases.acknowledge(id), id).toBe(false);
  });
});

import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

/** Jobs that have their results: those of a cancel. */
async function cancelled(ids: readonly string[], resultsQueue?: string): Promise<void> {
  const queue = gateways.queue();
  for (const id of ids) {
    await queue.add({ id, callTo: 'sip:a@b', ...(resultsQueue !== undefined && { resultsQueue }) });
    await queue.cancel(id);
  }
}

describe('results', () => {
  it('are leased once, and acknowledged at any gateway', async () => {
    const [one, other] = [await gateways.start(), await gateways.start()];
    await cancelled(['a', 'b', 'c']);
    const first = await gateways.ask(one, '/v1/results/lease', { body: { max: 2 } });
    const rest = await gateways.ask(other, '/v1/results/lease', { body: {} });
    const idsOf = ({ body }: typeof first) =>
      body.leases.map((lease: { record: { jobId: string } }) => lease.record.jobId);
    expect([idsOf(first), idsOf(rest)]).toEqual([['a', 'b'], ['c']]);
    const leases = [...first.body.leases, ...rest.body.leases].map(({ lease }) => lease);
    const acknowledged = await gateways.ask(other, '/v1/results/acknowledge', { body: { leases } });
    expect(acknowledged).toMatchObject({ status: 200, body: { done: leases, lost: [] } });
    const again = await gateways.ask(one, '/v1/results/acknowledge', { body: { leases } });
    expect(again.body).toEqual({ done: [], lost: leases });
  });

  it('that are not acknowledged in time, or are released, come again', async () => {
    const gateway = await gateways.start();
    await cancelled(['a'], 'mine');
    const lease = (leaseSeconds: number) =>
      gateways.ask(gateway, '/v1/results/lease', { body: { queue: 'mine', leaseSeconds } });
    const [lent] = (await lease(60)).body.leases;
    const released = await gateways.ask(gateway, '/v1/results/release', {
      body: { queue: 'mine', leases: [lent.lease] },
    });
    expect(released.body.done).toEqual([lent.lease]);
    expect((await lease(1)).body.leases).toHaveLength(1);
    await expect.poll(async () => (await lease(60)).body.leases).toMatchObject([{ record: { jobId: 'a' } }]);
  });

  it('of all lanes are not for a key that is confined to some', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { scopes: ['calls:read'], lanes: ['a'] });
    for (const path of ['results', 'ended-records'])
      expect(await gateways.ask(gateway, `/v1/${path}/lease`, { key, body: {} })).toMatchObject({
        status: 403,
      });
  });

  it('of a queue that cannot be one are refused', async () => {
    const gateway = await gateways.start();
    expect(await gateways.ask(gateway, '/v1/results/lease', { body: { queue: 'a:b' } })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', issues: [{ path: 'queue' }] },
    });
  });
});

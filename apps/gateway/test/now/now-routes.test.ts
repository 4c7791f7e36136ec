import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

const added = async (fields: object) => {
  const event = { callId: 'c', workerId: 'w', label: null, at: Date.now() - 2000, ...fields };
  await gateways.redis.xadd('{outdial}:events', '*', 'event', JSON.stringify(event));
};

describe('GET /v1/now', () => {
  it('counts what the stream has of the past, and what comes', async () => {
    const gateway = await gateways.start();
    await gateways.queue().add({ callTo: 'sip:a@b', lane: 'crm' });
    await added({ jobId: '1', type: 'calling', callTo: 'sip:a@b', lane: 'crm' });
    const now = async (query = '', asked = {}) =>
      (await gateways.ask(gateway, `/v1/now${query}`, asked)).body;
    await expect
      .poll(() => now('?lane=crm'))
      .toMatchObject({
        periodSeconds: 300,
        active: { calling: 1, ringing: 0, answered: 0 },
        lanes: [{ lane: 'crm', waiting: 1, isPaused: false, resultsPerSecond: 0, etaSeconds: null }],
      });
    await added({ jobId: '2', type: 'calling', callTo: 'sip:a@b', lane: 'other' });
    await expect.poll(async () => (await now()).active.calling).toBe(2);
    const sum = (counts: number[]) => counts.reduce((a, b) => a + b, 0);
    const { series, stepSeconds } = await now('?seconds=3600');
    expect(series.begun).toHaveLength(300);
    expect(stepSeconds).toBe(12);
    expect(sum(series.begun)).toBe(2);
    const key = await gateways.keyFor(gateway, { scopes: ['calls:read'], lanes: ['crm'] });
    const ofLane = await now('', { key });
    expect([sum(ofLane.series.begun), ofLane.active.calling]).toEqual([1, 1]);
    expect(await gateways.ask(gateway, '/v1/now?lane=other', { key })).toMatchObject({ status: 403 });
  });
});

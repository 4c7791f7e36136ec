import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

describe('lanes', () => {
  it('are told with their limits and counts, limited, paused and resumed', async () => {
    const gateway = await gateways.start();
    await gateways.queue().add({ callTo: 'sip:a@b', lane: 'urgent' });
    const limit = (body: unknown) => gateways.ask(gateway, '/v1/lanes/urgent', { method: 'PATCH', body });
    expect(await limit({ callsPerSecond: 2.5 })).toMatchObject({
      status: 200,
      body: { lane: 'urgent', callsPerSecond: 2.5, concurrency: null, waiting: 1, workers: 0 },
    });
    expect(await limit({ concurrency: 0 })).toMatchObject({ body: { callsPerSecond: 2.5, concurrency: 0 } });
    expect(await limit({ callsPerSecond: null, concurrency: null })).toMatchObject({
      body: { callsPerSecond: null, concurrency: null },
    });
    const paused = await gateways.ask(gateway, '/v1/lanes/urgent/pause', { method: 'POST' });
    expect(paused).toMatchObject({ status: 200, body: { isPaused: true } });
    const resumed = await gateways.ask(gateway, '/v1/lanes/urgent/resume', { method: 'POST' });
    expect(resumed).toMatchObject({ status: 200, body: { isPaused: false } });
    const { body } = await gateways.ask(gateway, '/v1/lanes');
    expect(body.lanes.map(({ lane }: { lane: string }) => lane)).toEqual(['default', 'urgent']);
    expect(await limit({ callsPerSecond: 0 })).toMatchObject({
      status: 400,
      body: { issues: [{ path: 'callsPerSecond' }] },
    });
  });

  it('of others are not told to a key that is confined, and only admins change them', async () => {
    const gateway = await gateways.start();
    await gateways.queue().addBulk([
      { callTo: 'sip:a@b', lane: 'a' },
      { callTo: 'sip:a@b', lane: 'b' },
    ]);
    const key = await gateways.keyFor(gateway, { scopes: ['calls:read', 'calls:write'], lanes: ['a'] });
    const { body } = await gateways.ask(gateway, '/v1/lanes', { key });
    expect(body.lanes).toMatchObject([{ lane: 'a' }]);
    expect(await gateways.ask(gateway, '/v1/lanes/b', { key })).toMatchObject({ status: 403 });
    expect(await gateways.ask(gateway, '/v1/lanes/a/pause', { key, method: 'POST' })).toMatchObject({
      status: 403,
    });
    expect(await gateways.ask(gateway, '/v1/labels/spring', { key })).toMatchObject({ status: 403 });
  });

  it('a label is told with its counts', async () => {
    const gateway = await gateways.start();
    const queue = gateways.queue();
    await queue.addBulk(['x', 'y'].map((id) => ({ id, callTo: 'sip:a@b', label: 'spring' })));
    await queue.cancel('x');
    expect(await gateways.ask(gateway, '/v1/labels/spring')).toMatchObject({
      status: 200,
      body: { label: 'spring', waiting: 1, active: 0, results: { IDLE: 1, ANSWERED: 0, ERROR: 0 } },
    });
  });
});

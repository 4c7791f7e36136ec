import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

describe('GET /v1/calls', () => {
  it('lists calls page by page, and finds them', async () => {
    const gateway = await gateways.start();
    const body = Array.from({ length: 5 }, (_, n) => ({
      id: `job-${n}`,
      callTo: `sip:callee-${n}@lab`,
      label: 'spring',
    }));
    await gateways.ask(gateway, '/v1/calls/bulk', { body });
    await gateways.ask(gateway, '/v1/calls/job-3/cancel', { method: 'POST' });
    const ids: string[] = [];
    for (let cursor: string | null = '', pages = 0; cursor !== null && pages < 10; pages++) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { status, body: page } = await gateways.ask(gateway, `/v1/calls?limit=2${query}`);
      expect(status).toBe(200);
      ids.push(...page.calls.map(({ id }: { id: string }) => id));
      cursor = page.next;
    }
    expect(ids).toEqual(['job-3', 'job-0', 'job-1', 'job-2', 'job-4']);
    const cancelled = await gateways.ask(gateway, '/v1/calls?error=CANCELLED&text=CALLEE-3');
    for (const query of ['before=0', 'before=1960-01-01T00:00:00Z'])
      expect(await gateways.ask(gateway, `/v1/calls?${query}`)).toMatchObject({
        status: 200,
        body: { calls: [] },
      });
    expect(cancelled.body.calls).toMatchObject([{ id: 'job-3', phase: 'ended', label: 'spring' }]);
  });

  it.each([
    'phase=over',
    'limit=0',
    'limit=many',
    'cursor=forged',
    'from=yesterday',
    'number=%2B44',
    'colour=red',
    'lane=',
  ])('refuses %s, and names the parameter', async (query) => {
    const gateway = await gateways.start();
    const { status, body } = await gateways.ask(gateway, `/v1/calls?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'INVALID_REQUEST' });
    const name = query.split('=')[0] ?? '';
    expect(JSON.stringify(body.issues)).toContain(name);
  });
});

describe('cancels', () => {
  it('of one call tell what they found', async () => {
    const gateway = await gateways.start();
    await gateways.queue().add({ id: 'one', callTo: 'sip:a@b' });
    const cancel = () => gateways.ask(gateway, '/v1/calls/one/cancel', { method: 'POST' });
    expect(await cancel()).toMatchObject({
      status: 200,
      body: { phase: 'waiting', result: { error: { code: 'CANCELLED' } } },
    });
    expect(await cancel()).toMatchObject({ status: 200, body: { phase: 'ended' } });
    expect(await gateways.ask(gateway, '/v1/calls/two/cancel', { method: 'POST' })).toMatchObject({
      status: 404,
    });
  });

  it('of a lane or a label tell how many they found', async () => {
    const gateway = await gateways.start();
    const jobs = ['a', 'b', 'c'].map((id) => ({
      id,
      callTo: 'sip:a@b',
      lane: id === 'a' ? 'x' : 'y',
      label: 'spring',
    }));
    await gateways.queue().addBulk(jobs);
    const cancel = (body: unknown) => gateways.ask(gateway, '/v1/calls/cancel', { body });
    expect(await cancel({ lane: 'x' })).toMatchObject({
      status: 200,
      body: { cancelled: 1, ending: 0, ended: 0 },
    });
    expect(await cancel({ label: 'spring' })).toMatchObject({ status: 200, body: { cancelled: 2 } });
    expect(await cancel({})).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    expect(await cancel({ lane: 'x', label: 'spring' })).toMatchObject({ status: 400 });
  });
});

import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();
const TEL = { callTo: '+44 1632 960001', callFrom: '+441632960999' };

describe('POST /v1/calls', () => {
  it('queues a call, and answers with the job as it was queued', async () => {
    const gateway = await gateways.start();
    const { status, headers, body } = await gateways.ask(gateway, '/v1/calls', {
      body: { ...TEL, id: 'a.b-c_d' },
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe('/v1/calls/a.b-c_d');
    expect(body).toMatchObject({
      id: 'a.b-c_d',
      callTo: 'tel:+441632960001',
      secondsTimeout: 120,
      wasQueuedBefore: false,
    });
    expect(body.warnings).toEqual([expect.stringContaining('no worker takes lane "default"')]);
    expect(await gateways.queue().get('a.b-c_d')).toMatchObject({ phase: 'waiting' });
    const read = await gateways.ask(gateway, headers.get('location') ?? '');
    expect(read).toMatchObject({
      status: 200,
      body: { id: 'a.b-c_d', phase: 'waiting', events: [], steps: [] },
    });
  });

  it('is the same call for the same id and content, and refused with what differs for another', async () => {
    const gateway = await gateways.start();
    await gateways.ask(gateway, '/v1/calls', { body: { ...TEL, id: 'one' } });
    const again = await gateways.ask(gateway, '/v1/calls', {
      body: { ...TEL, callTo: 'tel:+441632960001', id: 'one' },
    });
    expect(again).toMatchObject({ status: 200, body: { wasQueuedBefore: true } });
    const other = await gateways.ask(gateway, '/v1/calls', {
      body: { ...TEL, id: 'one', secondsTimeout: 9 },
    });
    expect(other).toMatchObject({
      status: 409,
      body: {
        code: 'ID_CONFLICT',
        issues: [{ path: 'secondsTimeout', message: 'was 120, now 9', value: 9 }],
      },
    });
    expect(await gateways.queue().counts()).toMatchObject({ waiting: 1 });
  });

  it.each([
    ['a field that breaks the contract', { callTo: 'tel:+441632960001' }, 'callFrom'],
    ['an unknown field', { ...TEL, colour: 'red' }, ''],
    ['a list', [TEL], ''],
    ['nothing', null, ''],
  ])('refuses %s as the contract does', async (_, body, path) => {
    const gateway = await gateways.start();
    const answer = await gateways.ask(gateway, '/v1/calls', { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_JOB', issues: [{ path }] } });
  });

  it('refuses what is no JSON, too large, or of another type', async () => {
    const gateway = await gateways.start({ bodyBytesMax: 2048 });
    const json = { 'content-type': 'application/json' };
    expect(await gateways.ask(gateway, '/v1/calls', { body: '{', headers: json })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    const large = JSON.stringify({ ...TEL, metadata: { text: 'x'.repeat(3000) } });
    expect(await gateways.ask(gateway, '/v1/calls', { body: large, headers: json })).toMatchObject({
      status: 413,
      body: { code: 'TOO_LARGE' },
    });
    const xml = { 'content-type': 'application/xml' };
    expect(await gateways.ask(gateway, '/v1/calls', { body: '<call/>', headers: xml })).toMatchObject({
      status: 415,
      body: { code: 'UNSUPPORTED_TYPE' },
    });
    const polluted = '{"callTo":"sip:a@b","__proto__":{"lane":"x"}}';
    expect(await gateways.ask(gateway, '/v1/calls', { body: polluted, headers: json })).toMatchObject({
      status: 400,
    });
  });

  it('answers that Redis is away, and that it may be tried again', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway);
    gateways.server.pause();
    try {
      const answer = await gateways.ask(gateway, '/v1/calls', { body: { ...TEL, id: 'later' }, key });
      expect(answer).toMatchObject({ status: 503, body: { code: 'QUEUE_UNAVAILABLE', retryable: true } });
    } finally {
      gateways.server.resume();
    }
  });

  it('notes who placed the call', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { name: 'crm', scopes: ['calls:write'] });
    await gateways.ask(gateway, '/v1/calls', { body: { ...TEL, id: 'noted' }, key });
    const noted = async () => {
      const entries = await gateways.redis.xrange('{outdial}:gateway:activity:calls', '-', '+');
      return entries.map(([, fields]) => fields.join(' '));
    };
    await expect
      .poll(noted)
      .toEqual([expect.stringMatching(/name crm .*operation placeCall target noted status 201/)]);
  });
});

describe('a key that is confined to lanes', () => {
  it('places calls there alone, and knows of no others', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { scopes: ['calls:write', 'calls:read'], lanes: ['crm'] });
    const other = { ...TEL, id: 'other', lane: 'sales', metadata: { secret: 'theirs' } };
    await gateways.ask(gateway, '/v1/calls', { body: other });
    const place = (body: unknown) => gateways.ask(gateway, '/v1/calls', { body, key });
    expect(await place({ ...TEL, lane: 'sales' })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
    expect(await place(TEL)).toMatchObject({ status: 403 });
    expect(await place({ ...TEL, id: 'mine', lane: 'crm' })).toMatchObject({ status: 201 });
    expect(await gateways.ask(gateway, '/v1/calls/mine', { key })).toMatchObject({ status: 200 });

    for (const path of ['/v1/calls/other', '/v1/calls/nothing'])
      expect(await gateways.ask(gateway, path, { key })).toMatchObject({
        status: 404,
        body: { code: 'JOB_NOT_FOUND' },
      });
    for (const path of ['/v1/calls/other/cancel', '/v1/calls/other/commands'])
      expect(await gateways.ask(gateway, path, { key, method: 'POST' })).toMatchObject({ status: 404 });
    for (const body of [{ lane: 'sales' }, { label: 'spring' }])
      expect(await gateways.ask(gateway, '/v1/calls/cancel', { key, body })).toMatchObject({ status: 403 });
    const listed = await gateways.ask(gateway, '/v1/calls', { key });
    expect(listed.body.calls.map(({ id }: { id: string }) => id)).toEqual(['mine']);
    expect(await gateways.ask(gateway, '/v1/calls?lane=sales', { key })).toMatchObject({
      body: { calls: [] },
    });

    const taken = await place({ ...TEL, id: 'other', lane: 'crm' });
    expect(taken).toMatchObject({ status: 409, body: { code: 'ID_CONFLICT' } });
    expect(JSON.stringify(taken.body)).not.toMatch(/sales|theirs/);
    const bulk = await gateways.ask(gateway, '/v1/calls/bulk', { key, body: [{ ...TEL, lane: 'sales' }] });
    expect(bulk).toMatchObject({ status: 403 });
    const csv = 'callTo,lane\nsip:a@b,crm\nsip:a@b,sales\n';
    const file = await gateways.ask(gateway, '/v1/calls/bulk', {
      key,
      body: csv,
      headers: { 'content-type': 'text/csv' },
    });
    expect(file).toMatchObject({ status: 400, body: { code: 'INVALID_JOB', issues: [{ path: '3.lane' }] } });
  });
});

import { describe, expect, it } from 'vitest';
import { useGateway } from '../support.js';

const gateways = useGateway();

describe('those who run Outdial', () => {
  it('create, list and revoke keys, and see who did what', async () => {
    const gateway = await gateways.start();
    const body = { name: 'crm', scopes: ['calls:read'] };
    const created = await gateways.ask(gateway, '/v1/keys', { body });
    expect(created).toMatchObject({
      status: 201,
      body: { key: { name: 'crm' }, text: expect.stringMatching(/^od_/) },
    });
    const { key, text } = created.body;
    expect((await gateways.ask(gateway, '/v1/keys')).body.keys.map(({ id }: { id: string }) => id)).toContain(
      key.id,
    );
    expect(await gateways.ask(gateway, '/metrics', { key: text })).toMatchObject({ status: 200 });
    expect(await gateways.ask(gateway, `/v1/keys/${key.id}`, { method: 'DELETE' })).toMatchObject({
      status: 200,
    });
    expect(await gateways.ask(gateway, '/metrics', { key: text })).toMatchObject({ status: 401 });
    expect(await gateways.ask(gateway, `/v1/keys/${key.id}`, { method: 'DELETE' })).toMatchObject({
      status: 404,
    });

    const done = async () => {
      const { body } = await gateways.ask(gateway, '/v1/activity');
      expect(JSON.stringify(body)).not.toContain(text);
      return body.activity.map(({ operation, target, status }: Record<string, unknown>) => [
        operation,
        target,
        status,
      ]);
    };
    await expect.poll(done).toEqual([
      ['revokeKey', key.id, 404],
      ['revokeKey', key.id, 200],
      ['createKey', key.id, 201],
    ]);
  });

  it('need a key of scope admin', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { scopes: ['calls:read', 'calls:write'] });
    for (const path of ['/v1/keys', '/v1/activity', '/v1/audit', '/v1/workers'])
      expect(await gateways.ask(gateway, path, { key }), path).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
  });

  it('see the workers', async () => {
    const gateway = await gateways.start();
    await gateways.redis.zadd('{outdial}:ledger:workers', Date.now() + 60_000, 'alive', 1000, 'lost');
    await gateways.redis.sadd('{outdial}:ledger:worker-calls:alive', 'a', 'b');
    expect((await gateways.ask(gateway, '/v1/workers')).body.workers).toEqual([
      { workerId: 'lost', leaseUntil: 1000, isAlive: false, calls: 0, status: null },
      expect.objectContaining({ workerId: 'alive', isAlive: true, calls: 2 }),
    ]);
  });

  it('run an audit, whose report any gateway has', async () => {
    const [one, other] = [await gateways.start(), await gateways.start()];
    const queue = gateways.queue();
    await queue.add({ id: 'a', callTo: 'sip:a@b' });
    await queue.cancel('a');
    expect((await gateways.ask(one, '/v1/audit')).body).toEqual({ isRunning: false, report: null });
    expect(await gateways.ask(one, '/v1/audit', { method: 'POST' })).toMatchObject({ status: 202 });
    await expect
      .poll(async () => (await gateways.ask(other, '/v1/audit')).body)
      .toMatchObject({ isRunning: false, report: { ok: true, findings: [], compared: { results: 1 } } });
  });
});

describe('a voice bot that was built for Twilio', () => {
  it('ends a call by its SID, which is the job’s id', async () => {
    const gateway = await gateways.start();
    const queue = gateways.queue();
    await queue.add({ id: 'job-1', callTo: 'sip:a@b' });
    const key = await gateways.keyFor(gateway, { scopes: ['calls:write'] });
    const hangUp = (sid: string, body = 'Status=completed') =>
      gateways.ask(gateway, `/2010-04-01/Accounts/outdial/Calls/${sid}.json`, {
        body,
        key: null,
        headers: {
          authorization: `Basic ${Buffer.from(`outdial:${key}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
      });
    expect(await hangUp('job-1')).toMatchObject({ status: 200, body: { sid: 'job-1', status: 'completed' } });
    expect(await queue.get('job-1')).toMatchObject({ phase: 'ended' });
    expect(await hangUp('job-2')).toMatchObject({ status: 404, body: { code: 20404, status: 404 } });
    expect(await hangUp('job-1', 'Status=ringing')).toMatchObject({ status: 400 });
  });
});

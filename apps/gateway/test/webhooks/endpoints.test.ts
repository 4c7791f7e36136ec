import { isSignedBy } from '@outdial/testkit';
import { describe, expect, it } from 'vitest';
import { subscriberOf } from '../events/subscriber.js';
import { useWebhooks } from './support.js';

const { gateways, start, receiver, create, read, deliveries } = useWebhooks();
const { happens } = gateways;

describe('/v1/webhooks', () => {
  it('creates, lists, changes and removes webhooks, and tells a secret once', async () => {
    const gateway = await start();
    const hook = await receiver();
    const { id, secret } = await create(gateway, { url: hook.url, name: 'crm', types: ['result'] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { body: all } = await gateways.ask(gateway, '/v1/webhooks');
    expect(all.webhooks).toMatchObject([
      { id, url: hook.url, name: 'crm', types: ['result'], lane: null, paused: null, state: { pending: 0 } },
    ]);
    expect(JSON.stringify(all)).not.toContain('whsec_');
    const changed = await gateways.ask(gateway, `/v1/webhooks/${id}`, {
      method: 'PATCH',
      body: { types: null, lane: 'crm' },
    });
    expect(changed).toMatchObject({ status: 200, body: { name: 'crm', types: null, lane: 'crm' } });
    await happens('one', { lane: 'crm' });
    await expect.poll(hook.jobs).toEqual(['one']);
    expect(await gateways.ask(gateway, `/v1/webhooks/${id}`, { method: 'DELETE' })).toMatchObject({
      status: 200,
      body: { id },
    });
    for (const method of ['GET', 'DELETE'])
      expect(await gateways.ask(gateway, `/v1/webhooks/${id}`, { method })).toMatchObject({ status: 404 });
    const { body: activity } = await gateways.ask(gateway, '/v1/activity');
    const done = activity.activity.filter(({ status }: { status: number }) => status < 300);
    expect(done.map(({ operation, target }: Record<string, string>) => [operation, target])).toEqual(
      ['deleteWebhook', 'changeWebhook', 'createWebhook'].map((operation) => [operation, id]),
    );
  });

  it('removes all that was pending for a webhook with it', async () => {
    const gateway = await start();
    const hook = await receiver((_, response) => response.writeHead(500).end());
    const { id } = await create(gateway, { url: hook.url });
    for (let n = 0; n < 5; n++) await happens(`job-${n}`);
    await expect.poll(() => read(gateway, id)).toMatchObject({ state: { pending: 5 } });
    await gateways.ask(gateway, `/v1/webhooks/${id}`, { method: 'DELETE' });
    await expect.poll(() => gateways.redis.keys(`*${id}*`)).toEqual([]);
  });

  it.each([
    [{ url: 'ftp://a.example' }, 'url'],
    [{ url: 'https://user:secret@a.example/' }, 'url'],
    [{ url: 'not a url' }, 'url'],
    [{ url: 'https://a.example', types: [] }, 'types'],
    [{ url: 'https://a.example', types: ['whistling'] }, 'types.0'],
    [{ url: 'https://a.example', lane: 'a b' }, 'lane'],
    [{ url: 'https://a.example', secret: 'mine' }, ''],
  ])('refuses %j', async (body, path) => {
    const gateway = await start();
    expect(await gateways.ask(gateway, '/v1/webhooks', { body })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST', issues: [{ path }] },
    });
  });

  it('signs by two secrets while one is rotated, and by the new one alone afterwards', async () => {
    const gateway = await start();
    const hook = await receiver();
    const { id, secret: first } = await create(gateway, { url: hook.url });
    const rotate = async (overlapSeconds: number) => {
      const body = { overlapSeconds };
      return (await gateways.ask(gateway, `/v1/webhooks/${id}/rotate`, { body })).body.secret as string;
    };
    const signers = async (...secrets: string[]) => {
      const count = hook.received.length;
      await happens(`job-${count}`);
      await expect.poll(() => hook.received.length).toBe(count + 1);
      const got = hook.received[count];
      return secrets.map((secret) => got !== undefined && isSignedBy(secret, got));
    };
    expect(await read(gateway, id)).toMatchObject({ formerSecretUntil: null });
    const second = await rotate(3600);
    expect(await signers(first, second)).toEqual([true, true]);
    const { formerSecretUntil } = await read(gateway, id);
    expect(formerSecretUntil).toBeGreaterThan(Date.now() + 3_000_000);
    const third = await rotate(0);
    expect(await read(gateway, id)).toMatchObject({ formerSecretUntil: null });
    expect(await signers(first, second, third)).toEqual([false, false, true]);
  });

  it('delivers nothing while it is paused, and then all that happened, in order', async () => {
    const gateway = await start();
    const hook = await receiver();
    const { id } = await create(gateway, { url: hook.url });
    const turn = (to: string) => gateways.ask(gateway, `/v1/webhooks/${id}/${to}`, { method: 'POST' });
    expect(await turn('pause')).toMatchObject({ status: 200, body: { paused: { because: 'asked' } } });
    for (let n = 0; n < 5; n++) await happens('one', { callTo: `sip:${n}@b` });
    await expect.poll(() => read(gateway, id)).toMatchObject({ state: { pending: 5 } });
    expect(hook.received).toEqual([]);
    expect(await turn('resume')).toMatchObject({ status: 200, body: { paused: null } });
    await expect.poll(() => hook.received.length).toBe(5);
    expect(hook.received.map(({ message }) => message.data.callTo)).toEqual(
      Array.from({ length: 5 }, (_, n) => `sip:${n}@b`),
    );
  });
});

describe('a webhook that keeps failing', () => {
  it('is paused, and told of in the log, the metrics, the activity, and to webhooks that ask for it', async () => {
    const lines: Array<Record<string, unknown>> = [];
    const gateway = await start({ pauseAfterSeconds: 0.1 }, (line) => lines.push(line));
    const broken = await receiver((_, response) => response.writeHead(500).end());
    const operator = await receiver();
    const subscriber = await subscriberOf(gateways)(gateway, '?types=webhookPaused');
    const { id } = await create(gateway, { url: broken.url });
    await create(gateway, { url: operator.url, types: ['webhookPaused'] });
    await happens('one');
    await happens('one', { callTo: 'sip:second@b' });
    await expect.poll(() => read(gateway, id)).toMatchObject({ paused: { because: 'failing' } });
    await expect.poll(() => operator.received.length).toBe(1);
    expect(operator.received[0]?.message).toMatchObject({
      type: 'webhookPaused',
      data: { webhook: { id, url: broken.url }, because: 'failing' },
    });
    await expect
      .poll(() => subscriber.events)
      .toMatchObject([{ data: { webhook: { id, url: broken.url }, because: 'failing' } }]);
    expect(lines.find(({ msg }) => msg === 'webhook was paused')).toMatchObject({ level: 50, webhook: id });
    const { body: metrics } = await gateways.ask(gateway, '/metrics');
    expect(metrics).toContain(`outdial_gateway_webhook_pauses_total{webhook="${id}",because="failing"} 1`);
    expect(metrics).toContain(`outdial_gateway_webhook_is_paused{webhook="${id}"} 1`);
    const { body: activity } = await gateways.ask(gateway, '/v1/activity');
    expect(activity.activity[0]).toMatchObject({ by: 'gateway', operation: 'pauseWebhook', target: id });
    broken.behave((_, response) => response.writeHead(200).end());
    const count = broken.received.length;
    await gateways.ask(gateway, `/v1/webhooks/${id}/resume`, { method: 'POST' });
    await expect
      .poll(() => broken.received.slice(count).map(({ message }) => message.data.callTo))
      .toEqual(['sip:a@b', 'sip:second@b']);
  });

  it('is paused at once when it answers that it is gone', async () => {
    const gateway = await start();
    const hook = await receiver((_, response) => response.writeHead(410).end());
    const { id } = await create(gateway, { url: hook.url });
    await happens('one');
    await expect.poll(() => read(gateway, id)).toMatchObject({ paused: { because: 'gone' } });
    expect(await deliveries(gateway, id)).toMatchObject([{ outcome: 'failed', status: 410 }]);
  });
});

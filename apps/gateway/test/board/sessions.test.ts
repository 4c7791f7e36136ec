import { describe, expect, it } from 'vitest';
import type { OutdialGateway } from '../../src/gateway.js';
import { useGateway } from '../support.js';

const gateways = useGateway();

async function logIn(gateway: OutdialGateway, key: string) {
  const answer = await gateways.ask(gateway, '/v1/session', { key: null, body: { key } });
  const cookie = answer.headers.get('set-cookie') ?? '';
  return { answer, cookie, sent: { cookie: cookie.split(';')[0] ?? '' }, csrfToken: answer.body.csrfToken };
}

describe('a session', () => {
  it('begins with a key, in a cookie that no script reads and no other site sends', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { name: 'ann', scopes: ['calls:read'] });
    const { answer, cookie, sent } = await logIn(gateway, key);
    expect(answer).toMatchObject({ status: 201, body: { key: { name: 'ann', scopes: ['calls:read'] } } });
    expect(cookie).toMatch(/^outdial-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await gateways.ask(gateway, '/v1/calls', { key: null, headers: sent })).toMatchObject({
      status: 200,
    });
    expect(await gateways.ask(gateway, '/v1/workers', { key: null, headers: sent })).toMatchObject({
      status: 403,
    });
    const stored = await gateways.redis.keys('*session*');
    expect(stored).toHaveLength(1);
    const token = sent.cookie.split('=')[1] as string;
    const secret = key.split('_').slice(2).join('_');
    const record = `${stored[0]} ${await gateways.redis.get(stored[0] as string)}`;
    expect(record).not.toContain(token);
    expect(record).not.toContain(secret);
    expect(await gateways.redis.ttl(stored[0] as string)).toBeGreaterThan(11 * 3600);
  });

  it('is known to every gateway, and over TLS its cookie is for this host alone', async () => {
    const [first, second] = [
      await gateways.start({ trustProxy: ['loopback'] }),
      await gateways.start({ trustProxy: ['loopback'] }),
    ];
    const key = await gateways.keyFor(first);
    const { headers, body } = await gateways.ask(first, '/v1/session', {
      key: null,
      body: { key },
      headers: { 'x-forwarded-proto': 'https' },
    });
    const cookie = headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^__Host-outdial-session=.*; Secure$/);
    const sent = { cookie: cookie.split(';')[0] ?? '' };
    expect(await gateways.ask(second, '/v1/session', { key: null, headers: sent })).toMatchObject({
      status: 200,
      body: { csrfToken: body.csrfToken },
    });
  });

  it('changes nothing without its CSRF token', async () => {
    const gateway = await gateways.start();
    const { sent, csrfToken } = await logIn(gateway, await gateways.keyFor(gateway));
    const pause = (headers: Record<string, string>) =>
      gateways.ask(gateway, '/v1/lanes/crm/pause', { method: 'POST', key: null, headers });
    const refused = { status: 403, body: { code: 'FORBIDDEN' } };
    expect(await pause(sent)).toMatchObject(refused);
    expect(await pause({ ...sent, 'x-csrf-token': 'x'.repeat(43) })).toMatchObject(refused);
    expect(await pause({ ...sent, 'x-csrf-token': csrfToken })).toMatchObject({
      status: 200,
      body: { isPaused: true },
    });
  });

  it('ends by logging out, and with its key', async () => {
    const gateway = await gateways.start();
    const { key, text } = await gateway.keys.create({ name: 'ann', scopes: ['calls:read'] });
    const one = await logIn(gateway, text);
    const two = await logIn(gateway, text);
    const seen = (sent: Record<string, string>) =>
      gateways.ask(gateway, '/v1/session', { key: null, headers: sent });
    const out = await gateways.ask(gateway, '/v1/session', {
      method: 'DELETE',
      key: null,
      headers: { ...one.sent, 'x-csrf-token': one.csrfToken },
    });
    expect(out.headers.get('set-cookie')).toMatch(/^outdial-session=;.*Max-Age=0$/);
    expect(await seen(one.sent)).toMatchObject({ status: 401 });
    expect(await seen(two.sent)).toMatchObject({ status: 200 });
    await gateway.keys.revoke(key.id);
    expect(await seen(two.sent)).toMatchObject({ status: 401 });
  });

  it('is refused to a wrong key, and noted', async () => {
    const gateway = await gateways.start();
    expect(await gateways.ask(gateway, '/v1/session', { key: null, body: { key: 'secret' } })).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHORIZED' },
    });
    await logIn(gateway, await gateways.keyFor(gateway, { name: 'ann' }));
    await expect
      .poll(async () => (await gateways.ask(gateway, '/v1/activity')).body.activity)
      .toMatchObject([{ name: 'ann', operation: 'beginSession', status: 201 }]);
  });
});

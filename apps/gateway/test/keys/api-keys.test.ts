import { RedisAccess } from '@outdial/queue';
import { describe, expect, it } from 'vitest';
import { ActivityLog } from '../../src/activity/activity-log.js';
import { useGateway } from '../support.js';

const gateways = useGateway();

describe('API keys', () => {
  it('are told once, and Redis has a digest alone', async () => {
    const gateway = await gateways.start();
    const { key, text } = await gateway.keys.create({ name: 'billing', scopes: ['calls:read'] });
    expect(text).toMatch(new RegExp(`^od_${key.id}_[\\w-]{43}$`));
    const secret = text.split('_').slice(2).join('_');
    const stored = await gateways.redis.hgetall('{outdial}:gateway:api-keys');
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(JSON.stringify(await gateway.keys.list())).not.toContain('digest');
    expect(await gateway.keys.list()).toEqual([key]);
  });

  it('are accepted as a bearer token, or as the password of basic authentication', async () => {
    const gateway = await gateways.start();
    const text = await gateways.keyFor(gateway, { scopes: ['calls:read'] });
    const basic = `Basic ${Buffer.from(`anybody:${text}`).toString('base64')}`;
    for (const authorization of [`Bearer ${text}`, `bearer  ${text}`, basic])
      expect(
        await gateways.ask(gateway, '/metrics', { key: null, headers: { authorization } }),
      ).toMatchObject({
        status: 200,
      });
  });

  it.each([
    ['another text of the same id', (text: string) => `${text.slice(0, -3)}xxx`],
    ['no key at all', () => 'secret'],
    ['an id that there is not', (text: string) => text.replace(/^od_.{4}/, 'od_0000')],
  ])('are refused: %s', async (_, change) => {
    const gateway = await gateways.start();
    const text = await gateways.keyFor(gateway);
    const { status, body } = await gateways.ask(gateway, '/metrics', { key: change(text) });
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    expect(JSON.stringify(body)).not.toContain(text.slice(20));
  });

  it('that are revoked are refused at once, by every gateway', async () => {
    const [one, other] = [await gateways.start(), await gateways.start()];
    const { key, text } = await one.keys.create({ name: 'x', scopes: ['admin'] });
    expect(await gateways.ask(other, '/metrics', { key: text })).toMatchObject({ status: 200 });
    await one.keys.revoke(key.id);
    expect(await gateways.ask(other, '/metrics', { key: text })).toMatchObject({ status: 401 });
    await expect(one.keys.revoke(key.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('do what their scopes say, and no more', async () => {
    const gateway = await gateways.start();
    const key = await gateways.keyFor(gateway, { scopes: ['calls:write'] });
    expect(await gateways.ask(gateway, '/metrics', { key })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN', detail: 'this needs a key with the scope calls:read' },
    });
  });

  it('make no more requests a second than they may, over all gateways', async () => {
    const running = [await gateways.start(), await gateways.start()] as const;
    const key = await gateways.keyFor(running[0], { requestsPerSecond: 5 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => gateways.ask(running[n % 2 === 0 ? 0 : 1], '/nowhere', { key })),
    );
    const limited = answers.filter(({ status }) => status === 429);
    // On a machine that is busy the twenty may take more than a second.
    expect(limited.length).toBeGreaterThan(0);
    expect(answers.length - limited.length).toBeGreaterThanOrEqual(5);
    expect(limited[0]?.body).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(Number(limited[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  });

  it.each([
    [{ scopes: [] }, 'scopes'],
    [{ scopes: ['admin' as const], lanes: ['a'] }, 'lanes'],
    [{ name: ' ' }, 'name'],
    [{ requestsPerSecond: 0 }, 'requestsPerSecond'],
  ])('are not created from %j', async (changes, path) => {
    const gateway = await gateways.start();
    await expect(
      gateway.keys.create({ name: 'x', scopes: ['calls:read'], ...changes }),
    ).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      issues: [{ path }],
    });
  });
});

describe('the activity', () => {
  it('is told page by page, the newest first', async () => {
    const access = new RedisAccess({ redis: gateways.server.url });
    gateways.onEnd(() => access.close());
    const log = new ActivityLog(access);
    for (const target of ['one', 'target', 'three'])
      await log.add('admin', {
        by: 'k1',
        name: 'by',
        address: '::1',
        operation: 'pauseLane',
        target,
        status: 200,
      });
    const [third, second] = await log.page('admin', { limit: 2 });
    expect(third).toMatchObject({ by: 'k1', name: 'by', target: 'three', status: 200 });
    expect(second).toMatchObject({ target: 'target' });
    const rest = await log.page('admin', { limit: 10, before: second?.id });
    expect(rest.map(({ target }) => target)).toEqual(['one']);
    expect(await log.page('calls', { limit: 10 })).toEqual([]);
  });
});

import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Environment, outdial, Running } from './support/outdial.js';

let redis: RedisServer;
let env: Environment;
beforeAll(async () => {
  redis = await startRedis();
  env = { OUTDIAL_REDIS_URL: redis.url };
});
afterAll(() => redis.close());

it('a key that outdial keys creates opens the gateway that outdial gateway runs, until it is revoked', async () => {
  const created = await outdial(['keys', 'create', 'billing', '--scope', 'calls:read', '--rate', '50'], env);
  expect(created).toMatchObject({ status: 0, stderr: expect.stringContaining('shown once') });
  const text = created.stdout.trim();
  const [key] = (await outdial(['keys', '--json'], env)).records();
  expect(key).toMatchObject({ name: 'billing', scopes: ['calls:read'], lanes: null, requestsPerSecond: 50 });
  expect((await outdial(['keys', 'list'], env)).stdout).toMatch(/billing +calls:read +all +50\/s/);

  const gateway = new Running(['gateway', '--json'], {
    ...env,
    OUTDIAL_GATEWAY_PORT: '0',
    OUTDIAL_LOG_LEVEL: 'silent',
  });
  try {
    const { url } = (await gateway.record()) as { url: string };
    const ask = async () =>
      (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${text}` } })).status;
    expect(await ask()).toBe(200);
    const revoked = await outdial(['keys', 'revoke', String(key?.id)], env);
    expect(revoked).toMatchObject({ status: 0, stdout: expect.stringContaining('(billing) is revoked') });
    expect(await ask()).toBe(401);
    expect(await gateway.stop('SIGTERM')).toBe(0);
  } finally {
    gateway.kill();
  }
});

it('a key of wrong scopes is not created', async () => {
  const refused = await outdial(['keys', 'create', 'x', '--scope', 'everything'], env);
  expect(refused).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Allowed choices are calls:write'),
  });
});

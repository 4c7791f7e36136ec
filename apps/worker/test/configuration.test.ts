import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutdialError } from '@outdial/contract';
import { afterAll, describe, expect, it } from 'vitest';
import { loadWorkerConfiguration, parseServers, parseWorkerConfiguration } from '../src/configuration.js';
import { loadRedisConfiguration } from '../src/redis-configuration.js';

const SERVERS = {
  OUTDIAL_DRACHTIO: '127.0.0.1:9022:cymru',
  OUTDIAL_FREESWITCH: '127.0.0.1:8021:ClueCon,[::1]:8022:with:colons',
};
const directory = mkdtempSync(join(tmpdir(), 'outdial-configuration-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, `${Math.random()}.yaml`);
  writeFileSync(path, content);
  return path;
}

function refusal(load: () => unknown): OutdialError {
  try {
    load();
  } catch (error) {
    if (error instanceof OutdialError) return error;
    throw error;
  }
  throw new Error('the configuration was taken');
}

describe('the worker configuration', () => {
  it('comes from the environment alone', () => {
    const configuration = loadWorkerConfiguration({
      ...SERVERS,
      OUTDIAL_REDIS_URL: 'redis://other:1',
      OUTDIAL_LANES: 'a=3,b',
    });
    expect(configuration.telephony.drachtio).toEqual([{ host: '127.0.0.1', port: 9022, secret: 'cymru' }]);
    expect(configuration.telephony.freeswitch[1]).toMatchObject({
      host: '[::1]',
      port: 8022,
      secret: 'with:colons',
    });
    expect(configuration.redis.url).toBe('redis://other:1');
    expect(configuration.lanes).toEqual({ a: { concurrency: 3 }, b: { concurrency: 100 } });
    expect(configuration.drainSeconds).toBe(30);
  });

  it('comes from a file, with the environment over it', () => {
    const path = file(
      'redis: { url: "redis://file:6379" }\nlogLevel: warn\ntelephony: { routes: [{ host: lab, address: "127.0.0.1:5070" }] }',
    );
    const configuration = loadWorkerConfiguration({
      ...SERVERS,
      OUTDIAL_CONFIG: path,
      OUTDIAL_LOG_LEVEL: 'debug',
    });
    expect(configuration.redis.url).toBe('redis://file:6379');
    expect(configuration.logLevel).toBe('debug');
    expect(configuration.telephony.routes[0]?.host).toBe('lab');
  });

  it.each([
    [
      'telephony.drachtio: no server is configured: set OUTDIAL_DRACHTIO',
      () => loadWorkerConfiguration({ OUTDIAL_FREESWITCH: SERVERS.OUTDIAL_FREESWITCH }),
    ],
    ['OUTDIAL_DRACHTIO', () => parseServers('OUTDIAL_DRACHTIO', 'host-without-port')],
    ['health.port', () => loadWorkerConfiguration({ ...SERVERS, OUTDIAL_HEALTH_PORT: 'many' })],
    ['lanes.a.concurrency', () => loadWorkerConfiguration({ ...SERVERS, OUTDIAL_LANES: 'a=0' })],
    [
      'no-such-file.yaml',
      () => loadWorkerConfiguration({ OUTDIAL_CONFIG: join(directory, 'no-such-file.yaml') }),
    ],
    ['not a mapping', () => loadWorkerConfiguration({ OUTDIAL_CONFIG: file('- 1') })],
    [
      'heartbeat',
      () => parseWorkerConfiguration({ telephony: {}, heartbeat: { intervalMs: 2500, ttlMs: 7000 } }),
    ],
  ])('is refused with a message that names %s', (name, load) => {
    const error = refusal(load);
    expect(error.code).toBe('INVALID_CONFIGURATION');
    expect(error.message).toContain(name);
  });
});

describe('where Redis is', () => {
  it('is read from a file of which all else may be missing or wrong, with the environment over it', () => {
    const path = file('redis: { url: "redis://file:6379", prefix: "{file}" }\ntelephony: 7\ncolour: red');
    expect(loadRedisConfiguration({ OUTDIAL_CONFIG: path })).toEqual({
      url: 'redis://file:6379',
      prefix: '{file}',
    });
    expect(loadRedisConfiguration({ OUTDIAL_CONFIG: path, OUTDIAL_REDIS_URL: 'redis://other:1' })).toEqual({
      url: 'redis://other:1',
      prefix: '{file}',
    });
    expect(loadRedisConfiguration({})).toEqual({ url: 'redis://127.0.0.1:6379', prefix: '{outdial}' });
  });

  it.each([
    ['redis.url', 'redis: { url: "http://file" }'],
    ['redis: ', 'redis: { uri: "redis://file:6379" }'],
    ['redis: ', 'redis: here'],
    ['not a mapping', '- 1'],
  ])('is refused with a message that names %s', (name, content) => {
    const error = refusal(() => loadRedisConfiguration({ OUTDIAL_CONFIG: file(content) }));
    expect(error.code).toBe('INVALID_CONFIGURATION');
    expect(error.message).toContain(name);
  });
});

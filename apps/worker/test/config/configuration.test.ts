// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references look like placeholders
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutdialError } from '@outdial/contract';
import { loadRedisConfiguration } from '@outdial/service';
import { afterAll, describe, expect, it } from 'vitest';
import { loadWorkerConfiguration, parseWorkerConfiguration } from '../../src/config/configuration.js';
import { parseServers } from '../../src/config/environment.js';

const SERVERS = {
  OUTDIAL_DRACHTIO: '127.0.0.1:9022:cymru',
  OUTDIAL_FREESWITCH: '127.0.0.1:8021:ClueCon,[::1]:8022:with:colons',
};
const SECRET = 'tops3cret';
const directory = mkdtempSync(join(tmpdir(), 'outdial-configuration-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function file(content: string): string {
  // Its name is in messages, which are searched for secrets: a random one may have their digits.
  files += 1;
  const path = join(directory, `${files}.yaml`);
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

/** The refusal of a file, with servers from the environment unless `env` says otherwise. */
function refusalOf(content: string, env: NodeJS.ProcessEnv = SERVERS): { message: string; path: string } {
  const path = file(content);
  const error = refusal(() => loadWorkerConfiguration({ ...env, OUTDIAL_CONFIG: path }));
  expect(error.code).toBe('INVALID_CONFIGURATION');
  return { message: error.message, path };
}

describe('the worker configuration', () => {
  it('comes from the environment alone', () => {
    const configuration = loadWorkerConfiguration({
      ...SERVERS,
      OUTDIAL_REDIS_URL: 'redis://other:1',
      OUTDIAL_LANES: 'a=3,b',
      OUTDIAL_HEALTH_HOST: '0.0.0.0',
      OUTDIAL_HEALTH_PORT: '9191',
    });
    expect(configuration.telephony.drachtio).toEqual([{ host: '127.0.0.1', port: 9022, secret: 'cymru' }]);
    expect(configuration.telephony.freeswitch[1]).toMatchObject({
      host: '[::1]',
      port: 8022,
      secret: 'with:colons',
    });
    expect(configuration.redis.url).toBe('redis://other:1');
    expect(configuration.lanes).toEqual({ a: { concurrency: 3 }, b: { concurrency: 100 } });
    expect(configuration.health).toEqual({ host: '0.0.0.0', port: 9191 });
    expect(configuration.drainSeconds).toBe(30);
  });

  it('needs no FreeSWITCH unless it is to make the media alone', () => {
    const { OUTDIAL_DRACHTIO } = SERVERS;
    const { media, freeswitch } = loadWorkerConfiguration({ OUTDIAL_DRACHTIO }).telephony;
    expect({ media, freeswitch }).toEqual({ media: 'auto', freeswitch: [] });
    const alone = { OUTDIAL_DRACHTIO, OUTDIAL_MEDIA: 'freeswitch' };
    expect(refusal(() => loadWorkerConfiguration(alone)).message).toContain(
      'telephony.freeswitch has no server, which telephony.media: freeswitch needs: set OUTDIAL_FREESWITCH=host:port:secret',
    );
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
      'telephony.drachtio has no server: set OUTDIAL_DRACHTIO',
      () => loadWorkerConfiguration({ OUTDIAL_FREESWITCH: SERVERS.OUTDIAL_FREESWITCH }),
    ],
    ['OUTDIAL_DRACHTIO', () => parseServers('OUTDIAL_DRACHTIO', 'host-without-port')],
    [
      'no-such-file.yaml',
      () => loadWorkerConfiguration({ OUTDIAL_CONFIG: join(directory, 'no-such-file.yaml') }),
    ],
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

describe('where a wrong value came from', () => {
  it('is named by file and line', () => {
    const { message, path } = refusalOf('lanes:\n  a:\n    concurrency: 0\n');
    expect(message).toBe(`invalid configuration: ${path}:3: lanes.a.concurrency must be at least 1 (got 0)`);
  });

  it('is named by environment variable', () => {
    const load = (env: NodeJS.ProcessEnv) => () => loadWorkerConfiguration({ ...SERVERS, ...env });
    expect(refusal(load({ OUTDIAL_HEALTH_PORT: 'many' })).message).toBe(
      'invalid configuration: OUTDIAL_HEALTH_PORT: health.port must be a number, not text (got "many")',
    );
    expect(refusal(load({ OUTDIAL_LANES: 'a=0' })).message).toContain(
      'OUTDIAL_LANES: lanes.a.concurrency must be at least 1',
    );
  });

  it('is the key of an unknown field, with the field that was probably meant', () => {
    const { message, path } = refusalOf('\nheartbeat:\n  intervallMs: 5\n');
    expect(message).toContain(
      `${path}:3: heartbeat.intervallMs is an unknown field; did you mean intervalMs?`,
    );
  });

  it.each([
    ['telefony:\n  drachtio: []\n', ':1: telefony is an unknown field; did you mean telephony?'],
    ['redis: "redis://:tops3cret@host"\n', ':1: redis must be a mapping of fields, not text'],
    ['redis:\n  - a\n', ':1: redis must be a mapping of fields, not a list'],
    ['health: 9090\n', ':1: health must be a mapping of fields, not a number'],
    ['', ': the file is empty'],
    ['# nothing but a comment\n', ': the file is empty'],
    ['- 1\n', ': the file must hold a mapping of sections'],
    ['redis: { url: "x\n', ':2: is not YAML'],
  ])('is told of the file %j', (content, told) => {
    const { message, path } = refusalOf(content);
    expect(message).toContain(`${path}${told}`);
    expect(message).not.toContain(SECRET);
  });

  it('is told when the environment sets a field of a section that is no mapping', () => {
    const { message } = refusalOf('health: 9090\n', { ...SERVERS, OUTDIAL_HEALTH_PORT: '1' });
    expect(message).toContain(':1: health must be a mapping of fields');
  });

  it('is not described in words of the schema library', () => {
    const wrong =
      'lanes: { "a b": { concurrency: "x" } }\nhealth: { host: 7 }\nlogLevel: loud\nheartbeat: no\n';
    expect(refusalOf(wrong).message).not.toMatch(/Invalid|expected|received|Unrecognized|Too (?:big|small)/);
  });
});

describe('a secret', () => {
  it.each([
    ['misspelt in drachtio', `telephony:\n  drachtio: [{ host: a, secrt: ${SECRET} }]\n`],
    ['misspelt in freeswitch', `telephony:\n  freeswitch: [{ host: a, passwd: ${SECRET} }]\n`],
    ['as a number', `telephony:\n  drachtio: [{ host: a, secret: 7331${SECRET.length} }]\n`],
    ['in a server that is a text', `telephony:\n  drachtio: ["a:9022:${SECRET}"]\n`],
    ['in servers that are a text', `telephony:\n  drachtio: "a:9022:${SECRET}"\n`],
    ['in a host', `telephony:\n  drachtio: [{ host: "a:9022:${SECRET}" }]\n`],
    [
      'misspelt in a trunk',
      `telephony:\n  trunks:\n    - { name: a, address: b, callerIds: any, credentials: { username: u, pasword: ${SECRET} } }\n`,
    ],
    [
      'beside a misspelt key of a trunk',
      `telephony:\n  trunks:\n    - { nam: a, address: b, callerIds: any, credentials: { username: u, password: ${SECRET} } }\n`,
    ],
    ['in credentials that are a text', `telephony:\n  trunks: [{ credentials: "u:${SECRET}" }]\n`],
    ['in the URL of Redis', `redis: { url: "http://:${SECRET}@host" }\n`],
    ['in a node of Redis', `redis: { nodes: ["http://:${SECRET}@host"] }\n`],
    ['in a line that is not YAML', `telephony: { drachtio: [{ secret: ${SECRET} }\n`],
  ])('%s is not in the error', (_, content) => {
    const { message } = refusalOf(content, {});
    const shown = JSON.stringify(refusal(() => loadWorkerConfiguration({ OUTDIAL_CONFIG: file(content) })));
    expect(`${message} ${shown}`).not.toContain(SECRET);
    expect(message).not.toContain('7331');
  });

  it.each([
    ['*', `*${SECRET}`],
    ['* and holds spaces', `*${SECRET} ${SECRET}`],
    ['!', `!${SECRET}`],
    ['!!', `!!${SECRET}`],
    ['! and is no tag', `!${SECRET}!{${SECRET}`],
    ['&', `&${SECRET}`],
    ['a single !', '!'],
  ])('that starts with %s must be quoted, and is never shown', (_, secret) => {
    const trunk = (password: string) =>
      `telephony:\n  trunks:\n    - name: a\n      address: b\n      callerIds: any\n      credentials:\n        username: u\n        password: ${password}\n`;
    for (const load of [loadWorkerConfiguration, loadRedisConfiguration]) {
      const path = file(trunk(secret));
      const error = refusal(() => load({ ...SERVERS, OUTDIAL_CONFIG: path }));
      expect(error.code).toBe('INVALID_CONFIGURATION');
      expect(error.message).toContain(`${path}:8: a value that starts with *, & or ! must be quoted`);
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(SECRET);
    }
    const { telephony } = loadWorkerConfiguration({ ...SERVERS, OUTDIAL_CONFIG: file(trunk(`'${secret}'`)) });
    expect(telephony.trunks[0]?.credentials?.password).toBe(secret);
  });

  it('may hold *, & and ! where YAML gives them no meaning', () => {
    const content = `# *a &b !c\ntelephony:\n  drachtio: [{ host: a, secret: a*b&c!d }]\n  freeswitch:\n    - host: b\n      secret: |-\n        !block\n`;
    const { telephony } = loadWorkerConfiguration({ OUTDIAL_CONFIG: file(content) });
    expect(telephony.drachtio[0]?.secret).toBe('a*b&c!d');
    expect(telephony.freeswitch[0]?.secret).toBe('!block');
  });

  it('comes from the environment or a file that the configuration refers to', () => {
    const secretFile = file(`${SECRET}\n`);
    const path = file(
      `telephony:\n  drachtio: [{ host: a, secret: "\${MY_SECRET}" }]\n  freeswitch: [{ host: b, secret: "\${file:${secretFile}}" }]\n`,
    );
    const { telephony } = loadWorkerConfiguration({ OUTDIAL_CONFIG: path, MY_SECRET: 'from-env' });
    expect(telephony.drachtio[0]?.secret).toBe('from-env');
    expect(telephony.freeswitch[0]?.secret).toBe(SECRET);
  });

  it('comes from a file that a variable names', () => {
    const { telephony, redis } = loadWorkerConfiguration({
      OUTDIAL_DRACHTIO_FILE: file(`a:9022:${SECRET}\n`),
      OUTDIAL_FREESWITCH: SERVERS.OUTDIAL_FREESWITCH,
      OUTDIAL_REDIS_URL_FILE: file('redis://:word@host:1\n'),
    });
    expect(telephony.drachtio[0]?.secret).toBe(SECRET);
    expect(redis.url).toBe('redis://:word@host:1');
  });

  it.each([
    ['${NOT_SET}', ':2: ${NOT_SET}: the environment variable NOT_SET is not set'],
    ['${file:/no/such/file}', ':2: ${file:/no/such/file}: the file /no/such/file cannot be read'],
  ])('%s that is missing is refused, and never empty', (reference, told) => {
    expect(refusalOf(`telephony:\n  drachtio: [{ host: a, secret: "${reference}" }]\n`).message).toContain(
      told,
    );
  });

  it('may have the characters of a reference, when they are written twice', () => {
    const path = file('telephony: { drachtio: [{ host: a, secret: "$${NAME}" }] }');
    const { OUTDIAL_FREESWITCH } = SERVERS;
    const { telephony } = loadWorkerConfiguration({ OUTDIAL_FREESWITCH, OUTDIAL_CONFIG: path });
    expect(telephony.drachtio[0]?.secret).toBe('${NAME}');
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
    ['redis.uri is an unknown field; did you mean url?', 'redis: { uri: "redis://file:6379" }'],
    ['redis must be a mapping of fields', 'redis: here'],
    ['must hold a mapping', '- 1'],
  ])('is refused with a message that names %s', (name, content) => {
    const error = refusal(() => loadRedisConfiguration({ OUTDIAL_CONFIG: file(content) }));
    expect(error.code).toBe('INVALID_CONFIGURATION');
    expect(error.message).toContain(name);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directory, type Environment, outdial, Running } from './support/outdial.js';

/** For tests that start several processes, one after the other. */
const WITHIN_MS = 60_000;

let redis: RedisServer;
let lab: Running;
let worker: Running;
let telephony: { drachtio: Array<{ port: number }>; freeswitch: object[] };
let env: Environment;

/** Writes the configuration of a worker, and returns the environment with its path. */
function configure(name: string, changes: object = {}): Environment {
  const path = join(directory, `${name}.yaml`);
  const configuration = {
    redis: { url: redis.url },
    telephony,
    lanes: { default: { concurrency: 20 } },
    health: { port: 0 },
    ...changes,
  };
  writeFileSync(path, JSON.stringify(configuration));
  return { OUTDIAL_CONFIG: path };
}

beforeAll(async () => {
  redis = await startRedis({ appendOnly: true });
  lab = new Running(['lab', '--json'], {});
  ({ telephony } = (await lab.record()) as { telephony: typeof telephony });
  env = configure('shared');
  worker = new Running(['worker', '--json'], env);
  expect(await worker.record()).toMatchObject({ type: 'ready', workerId: expect.any(String) });
});

afterAll(async () => {
  worker?.kill();
  lab?.kill();
  await redis?.close();
});

describe('outdial call', () => {
  it('prints the states and the verdict of a call that a person answers, and ends with status 0', async () => {
    const { status, stdout } = await outdial(['call', 'sip:human@lab', '--lsd'], env);
    expect(stdout).toMatch(/CALLING\n.* RINGING\n.* ANSWERED {2}PCMA\n/);
    expect(stdout).toMatch(/verdict: +LIVE \d+ % \(.+\)\n/);
    expect(stdout).toMatch(/time to answer: +\d\.\d\d s\n/);
    expect(stdout).toMatch(/ IDLE\n$/);
    expect(status).toBe(0);
  });

  it('ends with status 3 for a call that is not answered, and prints the cause', async () => {
    const { status, stdout } = await outdial(['call', 'sip:busy@lab'], env);
    expect(stdout).toMatch(/cause: +BUSY\nraw cause: +486 Busy Here\n/);
    expect(status).toBe(3);
  });

  it('prints how a number is dialled that is written otherwise', async () => {
    const number = '+44 (0)1632 960001';
    const { stdout } = await outdial(['call', number, '--from', '+441632960999'], env);
    expect(stdout).toMatch(/^\+44 \(0\)1632 960001 is dialled as tel:\+441632960001\n/);
  });

  it('calls without a time limit with --timeout none', async () => {
    const { status, records } = await outdial(['call', 'sip:busy@lab', '--timeout', 'none', '--json'], env);
    expect(status).toBe(3);
    expect(records().at(-1)).toMatchObject({ type: 'outcome', cause: 'BUSY' });
  });

  it('prints states and the outcome as JSON lines with --json', async () => {
    const { status, records } = await outdial(['call', 'sip:no-answer@lab', '--timeout', '1', '--json'], env);
    expect(status).toBe(3);
    expect(records()).toMatchObject([
      { type: 'state', state: 'CALLING' },
      { type: 'state', state: 'RINGING' },
      { type: 'state', state: 'IDLE' },
      { type: 'outcome', state: 'IDLE', cause: 'TIMEOUT', rang: true, callId: expect.any(String) },
    ]);
  });

  it('ends with status 1 for a call without a route', async () => {
    const { status, stdout } = await outdial(['call', 'sip:human@elsewhere.example'], env);
    expect(stdout).toMatch(/cause: +ERROR NO_TRUNK\n/);
    expect(status).toBe(1);
  });

  it('calls a number through the trunk with the codecs in the given order, and holds the call', async () => {
    const args = [
      'call',
      'tel:+441632960001',
      '--from',
      '441632960999',
      '--codecs',
      'g711u;g711a',
      '--hold',
      '0.5',
    ];
    const { status, stdout } = await outdial(args, env);
    expect(stdout).toContain('ANSWERED  PCMU');
    expect(stdout).toContain('holding for 0.5 s');
    expect(status).toBe(0);
  });

  it('cancels the call at Ctrl-C', async () => {
    const call = new Running(['call', 'sip:no-answer@lab', '--json'], env);
    try {
      expect(await call.record()).toMatchObject({ state: 'CALLING' });
      expect(await call.record()).toMatchObject({ state: 'RINGING' });
      call.process.kill('SIGINT');
      expect(await call.record()).toMatchObject({ state: 'IDLE' });
      expect(await call.record()).toMatchObject({ type: 'outcome', state: 'IDLE', cause: 'NORMAL' });
    } finally {
      call.kill();
    }
  });

  it('fails immediately when no worker takes the lane, and tells how to start one', async () => {
    const { status, stderr } = await outdial(['call', 'sip:human@lab', '--lane', 'unused'], env);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error \[QUEUE_UNAVAILABLE\] no worker takes jobs of lane "unused": start one with/,
    );
  });
});

describe('outdial worker', () => {
  // The first two mostly wait, each for its own processes and calls.
  it.concurrent('lets calls finish after the first SIGTERM, hangs them up at the second, and ends with status 0', {
    timeout: WITHIN_MS,
  }, async () => {
    const own = configure('own-worker', { lanes: { own: { concurrency: 5 } }, drainSeconds: 60 });
    const draining = new Running(['worker', '--json'], own);
    await draining.record();
    const call = new Running(['call', 'sip:human@lab', '--lane', 'own', '--hold', '30', '--json'], own);
    try {
      for (const state of ['CALLING', 'RINGING', 'ANSWERED'])
        expect(await call.record()).toMatchObject({ state });
      expect(await call.record()).toMatchObject({ type: 'outcome', state: 'ANSWERED' });
      draining.process.kill('SIGTERM');
      // On the same output as `ready`.
      expect(await draining.record()).toMatchObject({ type: 'draining' });
      expect(await draining.stop('SIGTERM')).toBe(0);
      expect(await call.record()).toMatchObject({ type: 'state', state: 'ERROR' });
    } finally {
      call.kill();
      draining.kill();
    }
  });

  it.concurrent('does not leave a command waiting when it is killed: the call ends with status 1 and WORKER_LOST', {
    timeout: WITHIN_MS,
  }, async () => {
    const own = configure('doomed-worker', { lanes: { doomed: { concurrency: 5 } } });
    const doomed = new Running(['worker', '--json'], own);
    await doomed.record();
    const call = new Running(['call', 'sip:no-answer@lab', '--lane', 'doomed', '--json'], own);
    try {
      for (const state of ['CALLING', 'RINGING']) expect(await call.record()).toMatchObject({ state });
      doomed.kill();
      expect(await call.ended()).toBe(1);
      // Reported by the command itself or by the worker that has taken over, whichever is faster.
      expect(await call.rest()).toContain('WORKER_LOST');
    } finally {
      call.kill();
      doomed.kill();
    }
  });

  it('reports an invalid configuration with status 1', async () => {
    const { status, stderr } = await outdial(['worker'], configure('broken', { drainSecond: 5 }));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error \[INVALID_CONFIGURATION\] .*drainSecond/);
  });
});

describe('outdial doctor', () => {
  it('finds no problems in a working installation', async () => {
    const { status, records, stdout } = await outdial(['doctor', '--json'], env);
    const checks = records();
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['Redis', 'Redis append-only file', 'configuration', 'lane default']),
    );
    expect(stdout).toContain('mod_audio_fork');
    expect(status).toBe(0);
  });

  it('reports what is wrong and how to fix it', async () => {
    const [drachtio] = telephony.drachtio;
    const [freeswitch] = telephony.freeswitch;
    const forgetful = await startRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const changed = configure('ill', {
      redis: { url: forgetful.url },
      telephony: {
        drachtio: [
          { ...drachtio, secret: 'wrong' },
          { host: '127.0.0.1', port: 9, secret: 'cymru' },
        ],
        freeswitch: [
          { ...freeswitch, secret: 'wrong' },
          { ...freeswitch, profile: 'other' },
          { host: '127.0.0.1', port: 9, secret: 'ClueCon' },
        ],
      },
    });
    try {
      await outdial(['enqueue', '-'], changed, 'callTo\nsip:human@lab\n');
      const { status, stdout } = await outdial(['doctor'], changed);
      expect(status).toBe(1);
      for (const problem of [
        /PROBLEM Redis append-only file: off: .*\n +fix: redis-cli config set appendonly yes/,
        /PROBLEM Redis maxmemory-policy: allkeys-lru.*\n +fix: .*noeviction/,
        /PROBLEM workers: no worker takes jobs.*\n +fix: start one with "outdial worker"/,
        /PROBLEM lane default: 0 workers; 1 jobs waiting.*\n +fix: .*OUTDIAL_LANES=default outdial worker/,
        /PROBLEM drachtio 127\.0\.0\.1:\d+: it rejects the secret\n +fix: .*drachtio\.conf\.xml/,
        /PROBLEM drachtio 127\.0\.0\.1:9: no drachtio server answers \(.*ECONNREFUSED.*\)/,
        /PROBLEM FreeSWITCH 127\.0\.0\.1:\d+: it rejects the secret\n +fix: .*event_socket\.conf\.xml/,
        /PROBLEM FreeSWITCH 127\.0\.0\.1:\d+ profile: it has no sofia profile other\n/,
        /PROBLEM FreeSWITCH 127\.0\.0\.1:9: no event socket answers \(.*ECONNREFUSED.*\)/,
      ]) {
        expect(stdout).toMatch(problem);
      }
      expect(stdout).toMatch(/\n9 problems\n$/);
    } finally {
      await forgetful.close();
    }
  });

  it('finds the files that waiting jobs play and that FreeSWITCH does not have', async () => {
    const changed = configure('prompts', { redis: { url: redis.url, prefix: '{prompts}' } });
    const there = join(directory, 'there.wav');
    writeFileSync(there, '');
    const play = (source: string) => ({ step: 'play', source });
    const job = {
      callTo: 'sip:human@lab',
      onAnswered: { LIVE: [play(there), play('tone_stream://%(100,0,440)')] },
    };
    await outdial(['enqueue', '-'], changed, `${JSON.stringify(job)}\n`);
    const found = await outdial(['doctor'], changed);
    expect(found.stdout).toMatch(
      /ok +FreeSWITCH \S+ prompt files: all 1 that waiting jobs play exist; they must be on/,
    );
    const other = { callTo: 'sip:human@lab', onAnswered: { otherwise: [play('greetings/missing.wav')] } };
    await outdial(['enqueue', '-'], changed, `${JSON.stringify(other)}\n`);
    const { stdout } = await outdial(['doctor'], changed);
    expect(stdout).toMatch(
      /PROBLEM FreeSWITCH \S+ prompt files: .* \/\S+\/greetings\/missing\.wav\n +fix: copy them/,
    );
    expect(stdout).not.toContain(`${there},`);
  });

  it('looks at each trunk without calling anybody', async () => {
    const trunks = [
      { name: 'gone', address: '127.0.0.1:9', callerIds: ['+441632960999'], transport: 'tcp' },
      { name: 'nameless', address: 'trunk.invalid', callerIds: 'any' },
    ];
    const changed = configure('trunks', { telephony: { ...telephony, trunks } });
    const { status, stdout } = await outdial(['doctor'], changed);
    expect(status).toBe(1);
    for (const line of [
      /ok +trunk gone name: has the address 127\.0\.0\.1\n/,
      /PROBLEM trunk gone connection: .*ECONNREFUSED.*\n +fix: /,
      /PROBLEM trunk gone OPTIONS: could not be sent.*\n +fix: .*carrier/,
      /ok +trunk gone calls: caller ids: \+441632960999; codecs: g711a;g711u\n/,
      /PROBLEM trunk nameless name: trunk\.invalid has no address\n +fix: .*"address"/,
      /ok +FreeSWITCH \S+ RTP address: callees are told to send audio to 127\.0\.0\.1\n/,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('checks only Redis, lanes and workers with --redis-only', async () => {
    const { status, records } = await outdial(['doctor', '--redis-only', '--json'], env);
    const checks = records().map(({ check }) => String(check));
    expect(checks).toContain('lane default');
    expect(checks.filter((check) => !check.startsWith('lane '))).toEqual([
      'Redis',
      'Redis version',
      'Redis role',
      'Redis append-only file',
      'Redis maxmemory-policy',
    ]);
    expect(status).toBe(0);
    const broken = await outdial(
      ['doctor', '--redis-only'],
      configure('broken', { redis: { url: 'nowhere' } }),
    );
    expect(broken.status).toBe(1);
    expect(broken.stdout).toMatch(/PROBLEM Redis: .*redis\.url/);
  });

  it('checks the configuration even when Redis is unavailable', async () => {
    const { status, stdout } = await outdial(['doctor'], { OUTDIAL_REDIS_URL: 'redis://127.0.0.1:9' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/PROBLEM Redis: .*ECONNREFUSED/);
    expect(stdout).toMatch(/PROBLEM configuration: .*telephony\.drachtio/);
  });
});

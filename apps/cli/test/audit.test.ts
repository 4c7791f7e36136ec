import { CallQueue } from '@outdial/client';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Environment, outdial } from './support/outdial.js';

let server: RedisServer;
let redis: Redis;
let env: Environment;
let prefix: string;
let queue: CallQueue;
let prefixes = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

beforeEach(() => {
  prefix = `{audit-${prefixes++}}`;
  env = { OUTDIAL_REDIS_URL: server.url, OUTDIAL_PREFIX: prefix };
  queue = new CallQueue({ redis: server.url, prefix });
  return () => queue.close();
});

/** A job that is cancelled while it waits has its one result, without a worker. */
async function makeResult(id: string): Promise<void> {
  await queue.add({ id, callTo: 'sip:human@lab' });
  await queue.cancel(id);
}

const LONG_AGO = Date.now() - 600_000;

/** As if its result had been recorded long ago and never published. */
async function breakResult(id: string): Promise<void> {
  const call = `${prefix}:ledger:call:${id}`;
  await redis.hset(call, 'settledAt', LONG_AGO);
  await redis.hdel(call, 'resultPublished');
}

describe('outdial audit', () => {
  it('prints the numbers of what was compared, and ends with status 0 when no promise is broken', async () => {
    await makeResult('one');
    await queue.add({ id: 'two', callTo: 'sip:human@lab' });
    const { status, stdout } = await outdial(['audit'], env);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^compared 1 job, 1 ledger entry, 1 result, 0 ended records, 1 event in 1 lane in \d+\.\d s: no promise is broken\n$/,
    );
  });

  it('prints a line for each job that breaks a promise, and ends with status 1', async () => {
    for (const id of ['one', 'two', 'three']) await makeResult(id);
    await breakResult('one');
    await breakResult('two');
    const { status, stdout } = await outdial(['audit', '--grace', '0'], env);
    expect(status).toBe(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^job {2}promise {2}finding +since +seen$/);
    expect(lines[1]).toMatch(
      /^one +2 +RESULT_UNPUBLISHED {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}the result was recorded .* ago, and it is not in the outbox/,
    );
    expect(lines[2]).toMatch(/^two +2 +RESULT_UNPUBLISHED/);
    expect(lines.at(-1)).toMatch(/, 2 of them twice: 2 jobs break a promise \(RESULT_UNPUBLISHED 2\)$/);
  });

  it('prints one object with --json, for alerts', async () => {
    await makeResult('one');
    await breakResult('one');
    const { status, stdout, records } = await outdial(['audit', '--json', '--grace', '0.05'], env);
    expect(status).toBe(1);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(records()).toEqual([
      {
        ok: false,
        findings: [
          {
            jobId: 'one',
            lane: 'default',
            code: 'RESULT_UNPUBLISHED',
            promise: 2,
            seen: expect.any(String),
            since: LONG_AGO,
          },
        ],
        counts: { RESULT_UNPUBLISHED: 1 },
        compared: { lanes: 1, jobs: 0, entries: 1, results: 1, endedRecords: 0, events: 1 },
        suspects: 1,
        graceMs: 50,
        startedAt: expect.any(Number),
        elapsedMs: expect.any(Number),
      },
    ]);
  });

  it('audits only one lane with --lane', async () => {
    await makeResult('one');
    await breakResult('one');
    expect((await outdial(['audit', '--grace', '0', '--lane', 'other'], env)).status).toBe(0);
    expect((await outdial(['audit', '--grace', '0', '--lane', 'default'], env)).status).toBe(1);
  });

  it('replaces control characters in ids', async () => {
    await redis.set(`${prefix}:ledger:call:\u001b[2J`, 'nonsense');
    const { status, stdout } = await outdial(['audit', '--grace', '0'], env);
    expect(status).toBe(1);
    expect(stdout).toContain('\uFFFD[2J');
    expect(stdout).not.toContain('\u001b');
  });

  it.each([
    { args: ['--lane', 'no lane'], says: 'a lane is 1 to 64 letters' },
    { args: ['--grace', 'soon'], says: "argument 'soon' is invalid" },
  ])('ends with status 2 for $args', async ({ args, says }) => {
    const { status, stdout, stderr } = await outdial(['audit', ...args], env);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
    expect(stdout).toBe('');
  });
});

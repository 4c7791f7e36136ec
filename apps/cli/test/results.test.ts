import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallQueue } from '@outdial/client';
import { ENDED_QUEUE, type EndedRecord, RESULTS_QUEUE } from '@outdial/contract';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directory, type Environment, outdial, Running } from './support/outdial.js';

let redis: RedisServer;
let env: Environment;
let prefix: string;
let queue: CallQueue;
let prefixes = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

beforeEach(() => {
  prefix = `{results-${prefixes++}}`;
  env = { OUTDIAL_REDIS_URL: redis.url, OUTDIAL_PREFIX: prefix };
  queue = new CallQueue({ redis: redis.url, prefix });
  return () => queue.close();
});

/** A job that is cancelled while it waits has its one result, without a worker. */
async function makeResult(id: string): Promise<void> {
  await queue.add({ id, callTo: 'sip:human@lab', metadata: { of: id } });
  await queue.cancel(id);
}

describe('outdial results', () => {
  it('prints a result per line, and leaves all of them in the queue', async () => {
    await makeResult('one');
    await makeResult('two');
    const first = await outdial(['results', '--json'], env);
    const second = await outdial(['results', '--json'], env);
    const consumed = await outdial(['results', '--consume', '--json'], env);
    expect(first.status).toBe(0);
    expect(first.records()).toMatchObject([
      { jobId: 'one', state: 'IDLE', cause: 'CANCELLED', callTo: 'sip:human@lab', metadata: { of: 'one' } },
      { jobId: 'two' },
    ]);
    expect(second.records()).toEqual(first.records());
    expect(consumed.records()).toEqual(first.records());
  });

  it('prints a note when there are none', async () => {
    const shown = await outdial(['results', '--ended'], env);
    const consumed = await outdial(['results', '--consume'], env);
    expect(shown).toMatchObject({ status: 0, stdout: '', stderr: 'there are no ended records\n' });
    expect(consumed).toMatchObject({ status: 0, stdout: '', stderr: 'there are no results\n' });
  });

  it('prints a line of text for each without --json', async () => {
    await makeResult('one');
    const { stdout } = await outdial(['results'], env);
    expect(stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}one {2}sip:human@lab {2}IDLE {2}CANCELLED {2}\(the campaign cancelled the call\)\n$/,
    );
  });

  it('takes results out of the queue with --consume', async () => {
    await makeResult('one');
    const first = await outdial(['results', '--consume', '--json'], env);
    const second = await outdial(['results', '--consume', '--json'], env);
    expect(first.records()).toMatchObject([{ jobId: 'one' }]);
    expect(second).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('ends at the second signal when Redis is gone', async () => {
    const own = await startRedis();
    const follower = new Running(['watch', '--from', '0', '--json'], { OUTDIAL_REDIS_URL: own.url });
    try {
      const queue = new CallQueue({ redis: own.url });
      const { id } = await queue.add({ callTo: 'sip:busy@lab' });
      await queue.cancel(id);
      await queue.close();
      await follower.record();
      await own.kill();
      follower.process.kill('SIGINT');
      // Another signal, because the kernel makes one of two SIGINTs that a busy process has not taken yet.
      // It ends by the signal itself (null) where it had closed everything but its connection.
      expect([0, 1, null]).toContain(await follower.stop('SIGTERM'));
    } finally {
      follower.kill();
    }
  });

  it.each([
    { args: ['results', '--follow', '--json'], left: ['before', 'after'] },
    { args: ['results', '--consume', '--follow', '--json'], left: [] },
  ])('goes on with new results with $args, until Ctrl-C', async ({ args, left }) => {
    await makeResult('before');
    const follower = new Running(args, env);
    try {
      expect(await follower.record()).toMatchObject({ jobId: 'before' });
      await makeResult('after');
      expect(await follower.record()).toMatchObject({ jobId: 'after' });
      expect(await follower.stop('SIGINT')).toBe(0);
      expect(await follower.rest()).toBe('');
    } finally {
      follower.kill();
    }
    const { records } = await outdial(['results', '--json'], env);
    expect(records().map(({ jobId }) => jobId)).toEqual(left);
  });

  it('keeps to the results queue of --queue', async () => {
    await makeResult('default');
    await queue.add({ id: 'spring', callTo: 'sip:human@lab', resultsQueue: 'spring' });
    await queue.cancel('spring');
    const ids = async (...args: string[]) => {
      const { records } = await outdial(['results', '--json', ...args], env);
      return records().map(({ jobId }) => jobId);
    };
    expect(await ids()).toEqual(['default']);
    expect(await ids('--queue', 'spring')).toEqual(['spring']);
    const follower = new Running(['results', '--queue', 'spring', '--follow', '--json'], env);
    try {
      expect(await follower.record()).toMatchObject({ jobId: 'spring' });
      await makeResult('other');
      await queue.add({ id: 'spring-2', callTo: 'sip:human@lab', resultsQueue: 'spring' });
      await queue.cancel('spring-2');
      expect(await follower.record()).toMatchObject({ jobId: 'spring-2' });
    } finally {
      follower.kill();
    }
    expect(await ids('--queue', 'spring', '--consume')).toEqual(['spring', 'spring-2']);
    expect(await ids('--queue', 'spring')).toEqual([]);
  });

  it('shares results with other consumers with --consume: each result goes to one of them', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `job-${index}`);
    for (const id of ids) await makeResult(id);
    const consumers = await Promise.all([
      outdial(['results', '--consume', '--json'], env),
      outdial(['results', '--consume', '--json'], env),
    ]);
    const taken = consumers.flatMap((consumer) => consumer.records().map(({ jobId }) => jobId as string));
    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  it('uses only the section redis of a configuration file', async () => {
    await makeResult('one');
    const path = join(directory, 'redis-only.yaml');
    writeFileSync(path, `redis: { url: "${redis.url}", prefix: "${prefix}" }\ntelephony: { trunks: 7 }\n`);
    const { status, records } = await outdial(['results', '--json'], { OUTDIAL_CONFIG: path });
    expect(status).toBe(0);
    expect(records()).toMatchObject([{ jobId: 'one' }]);
  });

  it('reports an invalid section redis of a configuration file', async () => {
    const path = join(directory, 'redis-broken.yaml');
    writeFileSync(path, 'redis: { url: "http://127.0.0.1" }');
    const { status, stderr } = await outdial(['results'], { OUTDIAL_CONFIG: path });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error \[INVALID_CONFIGURATION\] .*redis-broken\.yaml:1: redis\.url must be redis:\/\//,
    );
  });

  it('does not consume a result that it could not print', async () => {
    const follower = new Running(['results', '--consume', '--follow', '--json'], env);
    const results = new Queue(RESULTS_QUEUE, { connection: { url: redis.url }, prefix });
    try {
      await makeResult('printed');
      await follower.record();
      follower.process.stdout?.destroy();
      await makeResult('unread');
      expect(await follower.ended()).toBe(0);
      expect(await results.getJobCounts('active', 'completed')).toEqual({ active: 1, completed: 1 });
    } finally {
      follower.kill();
      await results.close();
    }
  });

  it('shows and consumes ended records with --ended', async () => {
    const ended: EndedRecord = {
      ...{
        jobId: 'one',
        callId: 'c1',
        callTo: 'sip:human@lab',
        callFrom: null,
        lane: 'default',
        label: null,
        resultsQueue: 'results',
        trunk: null,
      },
      ...{ workerId: 'w1', metadata: {}, cause: 'NORMAL', q850: 16, endedBy: 'CALLEE', farEndType: 'LIVE' },
      legs: [],
      ...{
        verdict: null,
        error: null,
        timings: { endedAt: 1_900_000_000_000 },
        steps: [],
        digits: {},
        recordings: [],
        durationMs: 2500,
      },
      quality: null,
    };
    const records = new Queue(ENDED_QUEUE, { connection: { url: redis.url }, prefix });
    await records.add('ended', ended);
    await records.close();
    const shown = await outdial(['results', '--ended'], env);
    const taken = await outdial(['results', '--ended', '--consume', '--json'], env);
    expect(shown.stdout).toMatch(
      /one {2}sip:human@lab {2}ended by CALLEE {2}NORMAL {2}Q\.850 16 {2}LIVE {2}up for 2\.50 s\n$/,
    );
    expect(taken.records()).toEqual([ended]);
  });
});

describe('outdial cancel', () => {
  it('cancels a waiting job, which is then not dialled', async () => {
    await queue.add({ id: 'waiting', callTo: 'sip:human@lab' });
    const { status, stdout } = await outdial(['cancel', 'waiting'], env);
    expect(status).toBe(0);
    expect(stdout).toBe('waiting was waiting; it will not be dialled\n');
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it('prints how a job ended that has already ended', async () => {
    await makeResult('over');
    const text = await outdial(['cancel', 'over'], env);
    const json = await outdial(['cancel', 'over', '--json'], env);
    expect(text).toMatchObject({ status: 0, stdout: 'over had already ended: IDLE, CANCELLED\n' });
    expect(json.records()).toMatchObject([{ id: 'over', phase: 'ended', result: { jobId: 'over' } }]);
  });

  it('ends with status 1 for an unknown job', async () => {
    const { status, stderr } = await outdial(['cancel', 'unknown'], env);
    expect(status).toBe(1);
    expect(stderr).toContain('error [JOB_NOT_FOUND]');
  });
});

describe('outdial watch', () => {
  it('prints a line for each event when it is piped, from the start with --from 0', async () => {
    await makeResult('one');
    const watcher = new Running(['watch', '--from', '0'], env);
    try {
      expect(await watcher.line()).toMatch(/ {2}one {2}sip:human@lab {2}result {2}IDLE {2}CANCELLED/);
      await makeResult('two');
      expect(await watcher.line()).toContain('  two  ');
      expect(await watcher.stop('SIGTERM')).toBe(0);
    } finally {
      watcher.kill();
    }
  });

  it('prints the contract’s events with --json, of one job with --job', async () => {
    await makeResult('one');
    await makeResult('two');
    const watcher = new Running(['watch', '--from', '0', '--job', 'two', '--json'], env);
    try {
      expect(await watcher.record()).toMatchObject({
        type: 'result',
        jobId: 'two',
        result: { state: 'IDLE' },
      });
    } finally {
      watcher.kill();
    }
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallQueue } from '@outdial/client';
import { ENDED_QUEUE, type EndedRecord, RESULTS_QUEUE } from '@outdial/contract';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directory, type Environment, outdial, Running } from './outdial.js';

let redis: RedisServer;
let env: Environment;
let prefix: string;
let queue: CallQueue;
let prefixes = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

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
  it('prints what is there, the contract’s result in each line, and takes it from the queue', async () => {
    await makeResult('one');
    await makeResult('two');
    const first = await outdial(['results', '--json'], env);
    const second = await outdial(['results', '--json'], env);
    expect(first.status).toBe(0);
    expect(first.records()).toMatchObject([
      { jobId: 'one', state: 'IDLE', cause: 'NORMAL', callTo: 'sip:human@lab', metadata: { of: 'one' } },
      { jobId: 'two' },
    ]);
    expect(second).toMatchObject({ status: 0, stdout: '', stderr: '' });
  });

  it('says so when nothing is there', async () => {
    const taken = await outdial(['results'], env);
    const peeked = await outdial(['results', '--ended', '--peek'], env);
    expect(taken).toMatchObject({ status: 0, stdout: '', stderr: 'no results are there\n' });
    expect(peeked).toMatchObject({ status: 0, stdout: '', stderr: 'no ended records are there\n' });
  });

  it('does not follow what it only looks at', async () => {
    const { status, stderr } = await outdial(['results', '--peek', '--follow'], env);
    expect(status).toBe(2);
    expect(stderr).toContain("option '--peek' cannot be used with option '--follow'");
  });

  it('prints a line of text for each without --json', async () => {
    await makeResult('one');
    const { stdout } = await outdial(['results'], env);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}one {2}sip:human@lab {2}IDLE {2}NORMAL\n$/);
  });

  it('leaves everything in the queue with --peek', async () => {
    await makeResult('one');
    await makeResult('two');
    const peeked = await outdial(['results', '--peek', '--json'], env);
    const taken = await outdial(['results', '--json'], env);
    expect(peeked.records().map(({ jobId }) => jobId)).toEqual(['one', 'two']);
    expect(taken.records()).toEqual(peeked.records());
  });

  it('goes on with what comes with --follow, until Ctrl-C, which is no error', async () => {
    await makeResult('before');
    const follower = new Running(['results', '--follow', '--json'], env);
    try {
      expect(await follower.record()).toMatchObject({ jobId: 'before' });
      await makeResult('after');
      expect(await follower.record()).toMatchObject({ jobId: 'after' });
      expect(await follower.stop('SIGINT')).toBe(0);
    } finally {
      follower.kill();
    }
  });

  it('shares results with other consumers, each going to one of them', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `job-${index}`);
    for (const id of ids) await makeResult(id);
    const consumers = await Promise.all([
      outdial(['results', '--json'], env),
      outdial(['results', '--json'], env),
    ]);
    const taken = consumers.flatMap((consumer) => consumer.records().map(({ jobId }) => jobId as string));
    expect(taken.toSorted()).toEqual(ids.toSorted());
  });

  it('needs no more of a configuration file than where Redis is', async () => {
    await makeResult('one');
    const path = join(directory, 'redis-only.yaml');
    writeFileSync(path, `redis: { url: "${redis.url}", prefix: "${prefix}" }\ntelephony: { trunks: 7 }\n`);
    const { status, records } = await outdial(['results', '--peek', '--json'], { OUTDIAL_CONFIG: path });
    expect(status).toBe(0);
    expect(records()).toMatchObject([{ jobId: 'one' }]);
  });

  it('says what is wrong with where a configuration file says that Redis is', async () => {
    const path = join(directory, 'redis-broken.yaml');
    writeFileSync(path, 'redis: { url: "http://127.0.0.1" }');
    const { status, stderr } = await outdial(['results'], { OUTDIAL_CONFIG: path });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error \[INVALID_CONFIGURATION\] invalid .*redis-broken\.yaml: redis\.url: redis:\/\//,
    );
  });

  it('does not count a result as taken that it could not print', async () => {
    const follower = new Running(['results', '--follow', '--json'], env);
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

  it('takes ended records with --ended', async () => {
    const ended: EndedRecord = {
      ...{
        jobId: 'one',
        callId: 'c1',
        callTo: 'sip:human@lab',
        callFrom: null,
        lane: 'default',
        trunk: null,
      },
      ...{ workerId: 'w1', metadata: {}, cause: 'NORMAL', q850: 16, endedBy: 'CALLEE', farEndType: 'LIVE' },
      ...{ verdict: null, error: null, timings: { endedAt: 1_900_000_000_000 }, durationMs: 2500 },
    };
    const records = new Queue(ENDED_QUEUE, { connection: { url: redis.url }, prefix });
    await records.add('ended', ended);
    await records.close();
    const peeked = await outdial(['results', '--ended', '--peek'], env);
    const taken = await outdial(['results', '--ended', '--json'], env);
    expect(peeked.stdout).toMatch(
      /one {2}sip:human@lab {2}ended by CALLEE {2}NORMAL {2}Q\.850 16 {2}LIVE {2}up for 2\.50 s\n$/,
    );
    expect(taken.records()).toEqual([ended]);
  });
});

describe('outdial cancel', () => {
  it('makes sure that a waiting job is never dialled, and says so', async () => {
    await queue.add({ id: 'waiting', callTo: 'sip:human@lab' });
    const { status, stdout } = await outdial(['cancel', 'waiting'], env);
    expect(status).toBe(0);
    expect(stdout).toBe('waiting was waiting; it will never be dialled\n');
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it('says of a job that is over how it ended', async () => {
    await makeResult('over');
    const text = await outdial(['cancel', 'over'], env);
    const json = await outdial(['cancel', 'over', '--json'], env);
    expect(text).toMatchObject({ status: 0, stdout: 'over was over already: IDLE, NORMAL\n' });
    expect(json.records()).toMatchObject([{ id: 'over', phase: 'ended', result: { jobId: 'over' } }]);
  });

  it('ends with status 1 for a job that nobody knows', async () => {
    const { status, stderr } = await outdial(['cancel', 'nobody'], env);
    expect(status).toBe(1);
    expect(stderr).toContain('error [JOB_NOT_FOUND]');
  });
});

describe('outdial watch', () => {
  it('prints a line for each event when it is piped, from the start with --from 0', async () => {
    await makeResult('one');
    const watcher = new Running(['watch', '--from', '0'], env);
    try {
      expect(await watcher.line()).toMatch(/ {2}one {2}sip:human@lab {2}result {2}IDLE {2}NORMAL/);
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

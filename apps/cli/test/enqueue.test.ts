import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallQueue } from '@outdial/client';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directory, type Environment, outdial } from './outdial.js';

let redis: RedisServer;
let env: Environment;
let queue: CallQueue;
let prefixes = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** A prefix each test: an empty queue. */
beforeEach(() => {
  const prefix = `{enqueue-${prefixes++}}`;
  env = { OUTDIAL_REDIS_URL: redis.url, OUTDIAL_PREFIX: prefix };
  queue = new CallQueue({ redis: redis.url, prefix });
  return () => queue.close();
});

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

describe('outdial enqueue', () => {
  it('queues each row of a CSV file as a job, its cells read by their columns', async () => {
    const campaign = file(
      'campaign.csv',
      [
        '\uFEFFid,callTo,callFrom,lane,secondsTimeout,liveSpeakerDetect,codecs,expiresAt,headers.X-Campaign,metadata.customer',
        'first,tel:+441632960001,441632960999,night,30.5,default,g711u;g711a,2100-01-01T00:00:00Z,"spring, 2030",Ann',
        'second,sip:human@lab,,,none,,,,,',
        '',
      ].join('\r\n'),
    );
    const { status, records } = await outdial(['enqueue', campaign, '--json'], env);
    expect(status).toBe(0);
    expect(records()).toMatchObject([
      {
        id: 'first',
        callTo: 'tel:+441632960001',
        callFrom: '441632960999',
        lane: 'night',
        secondsTimeout: 30.5,
        liveSpeakerDetect: 'DEFAULT',
        codecs: 'g711u;g711a',
        expiresAt: Date.UTC(2100, 0, 1),
        headers: { 'X-Campaign': 'spring, 2030' },
        metadata: { customer: 'Ann' },
      },
      {
        id: 'second',
        secondsTimeout: null,
        liveSpeakerDetect: null,
        lane: 'default',
        headers: {},
        metadata: {},
      },
    ]);
    expect(await queue.counts('night')).toMatchObject({ waiting: 1 });
    expect(await queue.get('second')).toMatchObject({ phase: 'waiting', callTo: 'sip:human@lab' });
  });

  it('names line and column of everything that is wrong, and queues nothing', async () => {
    const campaign = file(
      'broken.csv',
      [
        'id,callTo,callFrom,secondsTimeout,headers.Via',
        'fine,sip:human@lab,,,',
        'no-caller,tel:+441632960001,,,',
        'bad-timeout,sip:human@lab,,soon,',
        'short,sip:human@lab',
        'fine,sip:human@lab,,,',
        'hijack,sip:human@lab,,,SIP/2.0',
      ].join('\n'),
    );
    const { status, stdout, stderr } = await outdial(['enqueue', campaign], env);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error \[INVALID_JOB\] invalid campaign, so nothing was enqueued: [^\n]*\n$/);
    expect(stderr).toContain('line 3, column "callFrom": a telephone number needs a callFrom');
    expect(stderr).toContain('line 4, column "secondsTimeout": ');
    expect(stderr).toContain('(got "soon")');
    expect(stderr).toContain('line 5: it has 2 cells, the header row 5');
    expect(stderr).toContain('line 6, column "id": stands on line 2 already (got "fine")');
    expect(stderr).toContain('line 7, column "headers.Via": Via belongs to the SIP stack');
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it.each([
    { header: 'phone,callTo', says: 'line 1, column "phone": not a column; columns are id, callTo' },
    { header: 'callTo,callTo', says: 'line 1, column "callTo": the column stands twice' },
    {
      header: 'callTo;callFrom',
      says: 'line 1: its cells are to be separated by commas (got "callTo;callFrom")',
    },
    { header: 'id,callFrom', says: 'line 1, column "callTo": the header row has no such column' },
  ])('refuses the header row $header', async ({ header, says }) => {
    const { status, stderr } = await outdial(['enqueue', '-'], env, `${header}\na,b\n`);
    expect(status).toBe(2);
    expect(stderr).toContain(says);
  });

  it('refuses what is not CSV, naming the line', async () => {
    const { status, stderr } = await outdial(['enqueue', '-'], env, 'callTo\nsip:a@lab\nsip:"b@lab\n');
    expect(status).toBe(2);
    expect(stderr).toContain('line 3: it is not CSV');
  });

  it('reads CSV and JSON lines from standard input', async () => {
    const csv = await outdial(['enqueue', '-'], env, 'callTo\nsip:a@lab\nsip:b@lab\n');
    const lines = await outdial(['enqueue', '-'], env, '{"callTo":"sip:c@lab","metadata":{"n":[1,null]}}\n');
    expect([csv.status, lines.status]).toEqual([0, 0]);
    expect(csv.stdout).toBe('2 call jobs queued\n');
    expect(csv.stderr).toMatch(
      /^no worker takes lane "default" yet, so its jobs wait: start one with [^\n]*\n$/,
    );
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
  });

  it('names line and path of what is wrong in JSON lines', async () => {
    const campaign = file(
      'broken.jsonl',
      '{"callTo":"sip:a@lab"}\n\n{"callTo":\n{"callTo":"sip:b@lab","colour":1}\n',
    );
    const { status, stderr } = await outdial(['enqueue', campaign, '--json'], env);
    expect(status).toBe(2);
    const { error } = JSON.parse(stderr);
    expect(error.issues).toMatchObject([
      { path: '3', message: expect.stringContaining('it is not JSON') },
      { path: '4', message: expect.stringContaining('colour') },
    ]);
  });

  it('makes the same jobs of the same file when given an --id-prefix', async () => {
    const campaign = file('twice.csv', 'callTo\nsip:a@lab\nsip:b@lab\n');
    await outdial(['enqueue', campaign, '--id-prefix', 'spring'], env);
    const { status } = await outdial(['enqueue', campaign, '--id-prefix', 'spring'], env);
    expect(status).toBe(0);
    expect(await queue.counts()).toMatchObject({ waiting: 2 });
    expect(await queue.get('spring-3')).toMatchObject({ callTo: 'sip:b@lab' });
  });

  it('refuses an --id-prefix that makes no ids', async () => {
    const { status, stderr } = await outdial(
      ['enqueue', '-', '--id-prefix', 'a b'],
      env,
      'callTo\nsip:a@lab\n',
    );
    expect(status).toBe(2);
    expect(stderr).toContain('--id-prefix: an id is');
  });

  it('queues nothing with --check, and needs no Redis for it', async () => {
    const { status, stdout } = await outdial(
      ['enqueue', '-', '--check'],
      { OUTDIAL_REDIS_URL: 'redis://127.0.0.1:9' },
      'callTo\nsip:a@lab\n',
    );
    expect(status).toBe(0);
    expect(stdout).toBe('1 call job, all in order\n');
  });

  it('says which file is not there', async () => {
    const { status, stderr } = await outdial(['enqueue', 'nowhere.csv'], env);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error \[ENOENT\] .*nowhere\.csv/);
  });

  it('takes thousands of rows', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `sip:callee-${index}@lab`);
    const { status, stdout } = await outdial(['enqueue', '-'], env, ['callTo', ...rows].join('\n'));
    expect(status).toBe(0);
    expect(stdout).toBe('5000 call jobs queued\n');
    expect(await queue.counts()).toMatchObject({ waiting: 5000 });
  });
});

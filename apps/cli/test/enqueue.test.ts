import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallQueue } from '@outdial/client';
import { type RedisServer, startRedis } from '@outdial/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { directory, type Environment, outdial } from './support/outdial.js';

let redis: RedisServer;
let env: Environment;
let queue: CallQueue;
let prefixes = 0;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

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
    expect(stderr.split('\n')).toHaveLength(7);
    expect(stderr).toMatch(/^error \[INVALID_JOB\] invalid campaign, so nothing was enqueued\n/);
    expect(stderr).toContain('line 3, column "callFrom": is empty (a telephone number needs a callFrom)');
    expect(stderr).toContain('line 4, column "secondsTimeout": ');
    expect(stderr).toContain('(got "soon")');
    expect(stderr).toContain('line 5: it has 2 cells, the header row 5');
    expect(stderr).toContain('line 6, column "id": line 2 has the same id (got "fine")');
    expect(stderr).toContain('line 7, column "headers.Via": Via belongs to the SIP stack');
    expect(await queue.counts()).toMatchObject({ waiting: 0 });
  });

  it.each([
    { header: 'phone,callTo', says: 'line 1, column "phone": there is no such column' },
    { header: 'callTo,callTo', says: 'line 1, column "callTo": the column is given twice' },
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

  it('makes ids of the rows with an --id-prefix, wherever they are in the file, and says what was there', async () => {
    const campaign = file('twice.csv', 'callTo,metadata.n\nsip:a@lab,1\nsip:b@lab,2\n');
    const first = await outdial(['enqueue', campaign, '--id-prefix', 'spring'], env);
    expect(first.stdout).toBe('2 call jobs queued\n');
    file('twice.csv', 'metadata.n,callTo\n3,sip:c@lab\n1,sip:a@lab\n2,sip:b@lab\n');
    const second = await outdial(['enqueue', campaign, '--id-prefix', 'spring'], env);
    expect(second.stdout).toBe('1 queued, 2 were queued before\n');
    expect(await queue.counts()).toMatchObject({ waiting: 3 });
  });

  it('makes one id of a call, however it is spelt, with --id-prefix', async () => {
    const ids = async (rows: string, ...args: string[]) => {
      const all = ['enqueue', '-', '--json', '--id-prefix', 'spring', ...args];
      return (await outdial(all, env, rows)).records();
    };
    const callFrom = '+441632960999';
    const [first] = await ids(`callTo,callFrom\n+441632960009,${callFrom}\n`);
    for (const [rows, ...args] of [
      [`callTo,callFrom\n+44 1632 960009,${callFrom}\n`],
      [`callTo,callFrom\n(01632) 960009,${callFrom}\n`, '--default-country', 'GB'],
      [`callTo,callFrom,lane,secondsTimeout\n+441632960009,${callFrom},default,\n`],
      ['callTo\n+441632960009\n', '--set', `callFrom=${callFrom}`],
    ] as Array<[string, ...string[]]>)
      expect(await ids(rows, ...args)).toMatchObject([{ id: first?.id }]);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
    const [other] = await ids(`callTo,callFrom,label\n+441632960009,${callFrom},night\n`);
    expect(other?.id).not.toBe(first?.id);
  });

  it('refuses a file that has a call twice in two spellings, with --id-prefix', async () => {
    const rows = 'callTo,callFrom\n+441632960009,+441632960999\n+44 1632 960009,+44 1632 960999\n';
    const { status, stderr } = await outdial(['enqueue', '-', '--id-prefix', 'spring'], env, rows);
    expect(status).toBe(2);
    expect(stderr).toContain('line 3, column "id": line 2 has the same id');
  });

  it('makes ids of a column with --id-column, and refuses another call under the same id', async () => {
    const args = ['--id-column', 'metadata.n', '--id-prefix', 'spring'];
    const { status } = await outdial(['enqueue', '-', ...args], env, 'callTo,metadata.n\nsip:a@lab,7\n');
    expect(status).toBe(0);
    expect(await queue.get('spring-7')).toMatchObject({ callTo: 'sip:a@lab' });
    const other = await outdial(['enqueue', '-', ...args], env, 'callTo,metadata.n\nsip:b@lab,7\n');
    expect(other.stderr).toContain(
      '[ID_CONFLICT] jobs[0]: job spring-7 was queued before with another content',
    );
    const empty = await outdial(['enqueue', '-', ...args], env, 'callTo,metadata.n\nsip:a@lab,\n');
    expect(empty.stderr).toContain('line 2, column "metadata.n": is empty, and ids are to be made of it');
  });

  it.each([
    ['1795442400', 'seconds'],
    ['2099-02-30T09:00:00Z', 'a day that does not exist'],
    ['2099-02-29T09:00:00+01:00', 'a leap day of no leap year'],
    ['05.11.2026', 'a local date'],
    ['11/12/2026', 'a date of either order'],
    ['tomorrow 9', 'words'],
    ['2100-01-01T18:00:00', 'no offset'],
    ['2100-01-01', 'no time'],
  ])('refuses the expiresAt %s, which is %s, by its line', async (text) => {
    const reason = 'line 2, column "expiresAt": is ISO 8601 with an offset, or epoch milliseconds';
    const cell = `callTo,expiresAt\nsip:a@lab,${text}\n`;
    const { status, stderr } = await outdial(['enqueue', '-', '--check'], env, cell);
    expect(status).toBe(2);
    expect(stderr).toContain(reason);
  });

  it('refuses an expiresAt in the past by its line', async () => {
    const rows = 'callTo,expiresAt\nsip:a@lab,2001-01-01T00:00:00Z\n';
    const { status, stderr } = await outdial(['enqueue', '-', '--check'], env, rows);
    expect(status).toBe(2);
    expect(stderr).toContain('line 2, column "expiresAt": 2001-01-01T00:00:00.000Z is in the past');
  });

  it.each(['2100-01-01T18:00:00Z', '2100-01-01T19:00+01:00', '4102509600000'])(
    'takes the expiresAt %s',
    async (text) => {
      const { records } = await outdial(
        ['enqueue', '-', '--json'],
        env,
        `callTo,expiresAt\nsip:a@lab,${text}\n`,
      );
      expect(records()).toMatchObject([{ expiresAt: Date.UTC(2100, 0, 1, 18) }]);
    },
  );

  it('takes a plan of a column, of --plan, and cells of --set for rows that have none', async () => {
    const plan = file('plan.json', '{"LIVE":[{"step":"hold","milliseconds":5}]}');
    const rows =
      'callTo,onAnswered,lane\nsip:a@lab,"{""otherwise"":[{""step"":""hangUp""}]}",day\nsip:b@lab,,\n';
    const { records } = await outdial(
      ['enqueue', '-', '--json', '--plan', plan, '--set', 'lane=night'],
      env,
      rows,
    );
    expect(records()).toMatchObject([
      { lane: 'day', onAnswered: { otherwise: [{ step: 'hangUp' }] } },
      { lane: 'night', onAnswered: { LIVE: [{ step: 'hold', milliseconds: 5 }] } },
    ]);
  });

  it('reads numbers with a --default-country', async () => {
    const rows = 'callTo,callFrom\n(01632) 960001,01632 960999\n';
    const { records } = await outdial(['enqueue', '-', '--json', '--default-country', 'gb'], env, rows);
    expect(records()).toMatchObject([{ callTo: 'tel:+441632960001', callFrom: '+441632960999' }]);
  });

  it('names the line that is not UTF-8, and lists the columns once', async () => {
    const path = join(directory, 'latin.csv');
    writeFileSync(path, Buffer.from('callTo,metadata.name\nsip:a@lab,Ann\nsip:b@lab,Ren\xe9\n', 'latin1'));
    expect((await outdial(['enqueue', path], env)).stderr).toContain('line 3: its bytes are not UTF-8');
    const { stderr } = await outdial(['enqueue', '-'], env, 'callTo,phone,fax\na,b,c\n');
    expect(stderr.match(/columns are id, callTo/g)).toHaveLength(1);
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

  it.each([
    [['nowhere.csv'], 'error [ENOENT] cannot read nowhere.csv: there is no such file\n'],
    [['-', '--plan', 'nowhere.json'], 'error [ENOENT] cannot read nowhere.json: there is no such file\n'],
    [['.'], 'error [EISDIR] cannot read the file: it is a directory\n'],
  ])('says which file of %j cannot be read, with status 2', async (args, stderr) => {
    expect(await outdial(['enqueue', ...args], env)).toMatchObject({ status: 2, stderr });
  });

  it('takes thousands of rows', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `sip:callee-${index}@lab`);
    const { status, stdout } = await outdial(['enqueue', '-'], env, ['callTo', ...rows].join('\n'));
    expect(status).toBe(0);
    expect(stdout).toBe('5000 call jobs queued\n');
    expect(await queue.counts()).toMatchObject({ waiting: 5000 });
  });
});

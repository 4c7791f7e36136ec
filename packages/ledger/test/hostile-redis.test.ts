import { ledgerKeys } from '@outdial/contract';
import { describe, expect, test } from 'vitest';
import { UnreadableEntryError } from '../src/index.js';
import { jobOf, LONG_MS, resultOf, useRedis } from './support.js';

const redis = useRedis();

describe('hostile values', () => {
  test('JSON comes back byte for byte: empty arrays and objects, large numbers, any character', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    const metadata = {
      emptyArray: [],
      emptyObject: {},
      nested: [[], {}, [{}]],
      large: Number.MAX_SAFE_INTEGER,
      tiny: 1e-300,
      text: '\u0000\u0001\r\n"\\ \u2028 \ud83d\udcde {outdial}:calls',
    };
    const job = jobOf('job-1', { metadata });
    const claim = await ledger.claim({ jobId: 'job-1', workerId: 'w1', job });
    expect((await ledger.get('job-1'))?.job).toEqual(job);
    const result = resultOf('job-1', { metadata });
    await ledger.settle('job-1', claim.kind === 'claimed' ? claim.token : '', result);
    expect((await ledger.unpublished())[0]?.record).toEqual(result);
  });

  test('ids with colons, line breaks and braces, and records of a megabyte, do no harm', async () => {
    const ledger = redis.newLedger();
    const metadata = { blob: 'x'.repeat(1 << 20) };
    const ids = ['1', 'a:b', 'result:x', 'line\nbreak', '{other}', "'; return 1 --", '☎', 'x'.repeat(10_000)];
    for (const id of ids) {
      expect(await ledger.settle(id, null, resultOf('job-1', { jobId: id, metadata }))).toEqual({
        kind: 'settled',
      });
    }
    const items = await ledger.unpublished();
    expect(items.map(({ jobId }) => jobId).sort()).toEqual([...ids].sort());
    expect(items.every(({ jobId, record }) => record?.jobId === jobId)).toBe(true);
    await ledger.markPublished(items);
    expect(await ledger.unpublished()).toEqual([]);
  });
});

describe('an entry that another program wrote to', () => {
  test('is told apart from a Redis that fails: repeating does not help', async () => {
    const ledger = redis.newLedger();
    const entryKey = ledgerKeys(ledger.prefix).call('job-1');
    const ask = () => [
      ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') }),
      ledger.get('job-1'),
      ledger.settle('job-1', null, resultOf('job-1')),
    ];
    await redis.redis.set(entryKey, 'nonsense');
    for (const answer of ask()) await expect(answer).rejects.toBeInstanceOf(UnreadableEntryError);
    await redis.redis.del(entryKey);
    await redis.redis.hset(entryKey, 'result', 'nonsense');
    for (const answer of ask()) await expect(answer).rejects.toMatchObject({ jobId: 'job-1' });
  });
});

describe('a Redis that cannot write', () => {
  test('refuses the claim of a worker when its memory is full', async () => {
    const ledger = redis.newLedger();
    await ledger.heartbeat('w1', { ttlMs: LONG_MS });
    await redis.limitMemory('1');
    try {
      await expect(ledger.claim({ jobId: 'job-1', workerId: 'w1', job: jobOf('job-1') })).rejects.toThrow(
        /OOM/,
      );
    } finally {
      await redis.limitMemory('0');
    }
    expect(await ledger.get('job-1')).toBeNull();
    expect(await ledger.callsOf('w1')).toEqual([]);
  });
});

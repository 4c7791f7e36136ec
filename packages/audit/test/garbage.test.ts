import { beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './broken.js';
import { useRedis } from './support.js';

const redis = useRedis();
let bench: Bench;
beforeEach(() => {
  bench = new Bench(redis.app(), redis.redis);
});

describe('an audit of garbage', () => {
  it('finds entries that cannot be read, and nothing else in what is not Outdial’s', async () => {
    const { redis: client, keys, app } = bench;
    await client.set(keys.call('text'), 'nonsense');
    await client.hset(keys.call('broken-json'), 'phase', 'ended', 'token', 't', 'result', '{"jobId"');
    await client.hset(keys.call('no-phase'), 'phase', 'sleeping', 'token', 't');
    await client.hset(keys.call('empty'), 'hello', 'world');
    await client.hset(
      keys.call('stranger'),
      'phase',
      'ended',
      'released',
      '1',
      'result',
      '{"jobId":"x"}',
      'token',
      't',
    );
    await client.hset(
      keys.call('odd-types'),
      'token',
      't',
      'released',
      '1',
      'result',
      '5',
      'ended',
      '[]',
      'job',
      '7',
    );
    await client.hset(bench.lane('meta'), 'paused', '1');
    await client.hset(
      bench.lane('made:of:colons'),
      'timestamp',
      'soon',
      'opts',
      'no JSON',
      'processedOn',
      '',
    );
    await client.rpush(bench.lane('wait'), 'made:of:colons');
    await client.set(bench.lane('text'), 'nonsense');
    await client.set(bench.lane('active'), 'nonsense');
    await client.hset(bench.results('9'), 'data', 'nonsense', 'timestamp', 'x');
    await client.hset(bench.results('10'), 'data', '{"jobId":7}');
    await client.hset(bench.results('of-%'), 'data', 'null', 'timestamp', '1');
    await client.rpush(bench.results('wait'), 'nothing', '9', '\u0000\ufffd');
    await client.set(bench.ended('wait'), 'nonsense');
    await client.zadd(keys.outbox, 1, 'nonsense', 2, 'result:outbox-only');
    await client.sadd(keys.workerCalls('w9'), 'listed-only');
    await client.set(keys.workerCalls('w8'), 'nonsense');
    await client.zadd(keys.workers, 'inf', 'w9');
    await client.xadd(`${app.prefix}:events`, '*', 'a', 'b');
    await client.xadd(`${app.prefix}:events`, '*', 'jobId', 'x', 'event', '"calling"');
    await client.set(`${app.prefix}:calls-`, 'nonsense');
    await client.sadd(`${app.prefix}:lanes`, 'no lane', '');
    const { findings } = await bench.audit();
    expect(Object.fromEntries(findings.map(({ jobId, code }) => [jobId, code]))).toEqual({
      ...Object.fromEntries(
        ['text', 'broken-json', 'no-phase', 'empty', 'stranger', 'odd-types'].map((id) => [
          id,
          'ENTRY_UNREADABLE',
        ]),
      ),
      'outbox-only': 'ENTRY_MISSING',
      'listed-only': 'ENTRY_MISSING',
    });
  });

  it('survives keys of its own names that are of other types', async () => {
    const { redis: client, keys, app } = bench;
    await bench.finish('one');
    await client.del(keys.workers, keys.outbox, keys.finished, bench.results('wait'), `${app.prefix}:events`);
    for (const key of [
      ...[keys.workers, keys.outbox, keys.finished, `${app.prefix}:events`, `${app.prefix}:lanes`],
      ...[bench.results('wait'), bench.results('completed'), bench.lane('wait'), bench.lane('completed')],
    ])
      await client.set(key, 'nonsense');
    expect(await bench.findings()).toEqual({});
  });
});

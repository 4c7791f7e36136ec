import { beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './broken.js';
import { useRedis } from './support.js';

const redis = useRedis();
let bench: Bench;
beforeEach(() => {
  bench = new Bench(redis.app(), redis.redis);
});

describe.each([
  { kind: 'result', code: 'RESULT', resultsQueue: 'results' },
  { kind: 'ended', code: 'ENDED', resultsQueue: 'results' },
  { kind: 'result', code: 'RESULT', resultsQueue: 'spring' },
  { kind: 'ended', code: 'ENDED', resultsQueue: 'spring' },
] as const)(
  'an audit of outcomes of kind $kind for results queue $resultsQueue',
  ({ kind, code, resultsQueue }) => {
    beforeEach(() => {
      bench.resultsQueue = resultsQueue;
    });
    const queue = (suffix: string) => (kind === 'result' ? bench.results(suffix) : bench.ended(suffix));
    const record = (id: string) => queue(bench.outcome(id));

    /** A call that is over and whose outcome of this kind is in its queue. */
    async function makeOutcome(id: string): Promise<void> {
      if (kind === 'result') return bench.finish(id);
      const end = await bench.answer(id);
      await end();
    }

    it('finds one that was never published, in the outbox or not', async () => {
      await makeOutcome('stuck');
      await makeOutcome('forgotten');
      for (const id of ['stuck', 'forgotten']) {
        await bench.redis.hdel(bench.keys.call(id), `${kind}Published`);
        await bench.redis.del(record(id));
        await bench.redis.lrem(queue('wait'), 1, bench.outcome(id));
        await bench.age(id, 'settledAt');
        const hash = await bench.redis.hget(bench.keys.call(id), 'ended');
        if (hash === null) continue;
        const ended = { ...JSON.parse(hash), timings: { endedAt: Date.now() - 300_000 } };
        await bench.redis.hset(bench.keys.call(id), 'ended', JSON.stringify(ended));
      }
      await bench.redis.zadd(bench.keys.outbox, Date.now() - 300_000, `${kind}:stuck`);
      expect(await bench.findings()).toEqual({
        stuck: [`${code}_UNPUBLISHED`],
        forgotten: [`${code}_UNPUBLISHED`],
      });
      // Any worker's sweep publishes what is in the outbox.
      await bench.app.outbox.sweep();
      expect(await bench.findings()).toEqual({ forgotten: [`${code}_UNPUBLISHED`] });
    });

    it('finds one that is not in its queue although older ones are', async () => {
      await makeOutcome('older');
      await makeOutcome('one');
      await bench.redis.del(record('one'));
      await bench.redis.lrem(queue('wait'), 1, bench.outcome('one'));
      // It may have been consumed and dropped.
      expect(await bench.findings()).toEqual({});
      await bench.redis.lrem(queue('wait'), 1, bench.outcome('older'));
      await bench.redis.zadd(queue('completed'), Date.now() - 60_000, bench.outcome('older'));
      expect(await bench.findings()).toEqual({ one: [`${code}_LOST`] });
    });

    it('finds one that is in none of the lists of its queue', async () => {
      await makeOutcome('one');
      await bench.redis.lrem(queue('wait'), 1, bench.outcome('one'));
      await bench.ageOutcome(record('one'));
      expect(await bench.findings()).toEqual({ one: [`${code}_LOST`] });
    });

    it('finds one that differs from the ledger’s', async () => {
      await makeOutcome('one');
      const data = JSON.parse((await bench.redis.hget(record('one'), 'data')) ?? '');
      await bench.redis.hset(record('one'), 'data', JSON.stringify({ ...data, cause: data.cause }, null, 1));
      expect(await bench.findings()).toEqual({});
      await bench.redis.hset(record('one'), 'data', JSON.stringify({ ...data, cause: 'BUSY' }));
      expect(await bench.findings()).toEqual({ one: [`${code}_DIFFERS`] });
    });

    it('finds one that the ledger has no record of', async () => {
      await makeOutcome('one');
      await bench.redis.hdel(bench.keys.call('one'), kind, `${kind}Published`);
      const found = (await bench.findings()).one;
      expect(found).toContain(`${code}_DIFFERS`);
    });

    it('finds one that is there twice, under another id or in two places', async () => {
      for (const id of ['other-id', 'twice-waiting', 'done-and-waiting']) await makeOutcome(id);
      const data = (await bench.redis.hget(record('other-id'), 'data')) ?? '';
      await bench.redis.hset(queue('1'), 'name', kind, 'data', data, 'timestamp', Date.now());
      await bench.redis.lpush(queue('wait'), '1', bench.outcome('twice-waiting'));
      await bench.redis.zadd(queue('completed'), Date.now() - 60_000, bench.outcome('done-and-waiting'));
      expect(await bench.findings()).toEqual({
        'other-id': [`${code}_DUPLICATED`],
        'twice-waiting': [`${code}_DUPLICATED`],
        'done-and-waiting': [`${code}_DUPLICATED`],
      });
    });

    it('finds one that its consumers gave up', async () => {
      await makeOutcome('one');
      await bench.redis.lrem(queue('wait'), 1, bench.outcome('one'));
      await bench.redis.zadd(queue('failed'), Date.now(), bench.outcome('one'));
      await bench.redis.hset(record('one'), 'atm', 12);
      const { findings } = await bench.audit();
      expect(findings).toMatchObject([
        { code: `${code}_GIVEN_UP`, seen: expect.stringMatching(/after 12 tries$/) },
      ]);
    });

    it('finds a job whose ledger entry is gone', async () => {
      for (const id of ['one', 'two']) await makeOutcome(id);
      await bench.redis.del(bench.keys.call('two'));
      expect(Object.keys(await bench.findings())).toEqual(['two']);
      expect((await bench.findings()).two?.every((found) => found === 'ENTRY_MISSING')).toBe(true);
    });

    it('does not miss an entry that is past its retention', async () => {
      for (const id of ['one', 'two']) await makeOutcome(id);
      const longAgo = Date.now() - 8 * 24 * 3600 * 1000;
      await bench.redis.del(bench.keys.call('two'));
      await bench.redis.zadd(bench.keys.finished, longAgo, 'two');
      for (const key of [bench.results(bench.outcome('two')), bench.ended(bench.outcome('two'))]) {
        if (await bench.redis.exists(key)) await bench.redis.hset(key, 'timestamp', longAgo);
      }
      expect(await bench.findings()).toEqual({});
    });
  },
);

describe('an audit of ended records', () => {
  it('finds an answered call that is over without one', async () => {
    await (await bench.answer('one'))();
    await bench.redis.hdel(bench.keys.call('one'), 'ended', 'endedPublished');
    await bench.redis.del(bench.ended(bench.outcome('one')), bench.ended('wait'));
    expect(await bench.findings()).toEqual({ one: ['ENDED_MISSING'] });
  });
});

import { describe, expect, it } from 'vitest';
import { CallIndex, type IndexFilter, type Ledger } from '../src/index.js';
import { newPrefix, resultOf, ringingOf, useRedis } from './support.js';

const redis = useRedis();

async function settle(ledger: Ledger, id: string, more: Parameters<typeof resultOf>[1] = {}): Promise<void> {
  await ledger.settle(id, null, resultOf(id, more));
}

function found(calls: ReadonlyArray<{ jobId: string }>): string[] {
  return calls.map(({ jobId }) => jobId);
}

describe('the index of calls', () => {
  it('has an entry for each result, also for that of a cancel, and only one', async () => {
    const ledger = redis.newLedger();
    await settle(ledger, 'one');
    await settle(ledger, 'one', { cause: 'BUSY' });
    await ledger.requestCancel('two', resultOf('two', { lane: 'urgent' }));
    await ledger.requestCancel('two', resultOf('two'));
    const index = new CallIndex(redis.redis, ledger.prefix);
    expect(found((await index.search({}, { limit: 10 })).calls)).toEqual(['two', 'one']);
    expect(found((await index.search({ lane: 'urgent' }, { limit: 10 })).calls)).toEqual(['two']);
  });

  it.each<[string, IndexFilter, string[]]>([
    ['a lane', { lane: 'a' }, ['busy']],
    ['a label', { label: 'spring' }, ['silent']],
    ['no label that merely starts alike', { label: 'spri' }, []],
    ['a state', { state: 'ERROR' }, ['lost']],
    ['a cause', { cause: 'BUSY' }, ['busy']],
    ['the code of an error', { error: 'WORKER_LOST' }, ['lost']],
    ['several facts, which must all hold', { cause: 'BUSY', lane: 'b' }, []],
    ['lanes of which it is in one', { lanes: ['a', 'c'] }, ['lost', 'busy']],
    ['no lane at all', { lanes: ['nowhere'] }, []],
    ['digits of the number', { digits: '1632960002' }, ['silent']],
    ['digits, and not those of the caller id', { digits: '999' }, []],
    ['a text in any case', { text: 'LAB.EXAMPLE' }, ['busy']],
    ['a text in the job id', { text: 'los' }, ['lost']],
  ])('finds calls by %s', async (_, filter, expected) => {
    const ledger = redis.newLedger();
    await settle(ledger, 'busy', { lane: 'a', cause: 'BUSY', callTo: 'sip:anna@lab.example' });
    await settle(ledger, 'silent', {
      ...{ lane: 'b', label: 'spring', callTo: 'tel:+441632960002', callFrom: '+441632960999' },
    });
    await settle(ledger, 'lost', { lane: 'c', state: 'ERROR', error: { code: 'WORKER_LOST', message: '' } });
    const { calls, next } = await new CallIndex(redis.redis, ledger.prefix).search(filter, { limit: 10 });
    expect(found(calls)).toEqual(expected);
    expect(next).toBeNull();
  });

  it('tells calls page by page, each once, while new ones come', async () => {
    const ledger = redis.newLedger();
    for (let n = 0; n < 25; n++) await settle(ledger, `job-${n}`, { lane: n % 2 === 0 ? 'even' : 'odd' });
    const index = new CallIndex(redis.redis, ledger.prefix);
    const all: string[] = [];
    for (let before: string | undefined, pages = 0; pages < 10; pages++) {
      const { calls, next } = await index.search({ lane: 'even' }, { limit: 5, before });
      all.push(...found(calls));
      if (next === null) break;
      before = next;
      await settle(ledger, `late-${pages}`, { lane: 'even' });
    }
    expect(all).toEqual(Array.from({ length: 13 }, (_, n) => `job-${24 - 2 * n}`));
  });

  it('finds by the time of the result', async () => {
    const prefix = newPrefix();
    const facts = '\tlane=a\t';
    for (const [id, jobId] of [
      ['1000-0', 'a'],
      ['2000-0', 'b'],
      ['2000-1', 'c'],
      ['3000-0', 'd'],
    ] as const)
      await redis.redis.xadd(`${prefix}:ledger:index`, id, 'jobId', jobId, 'facts', facts);
    const index = new CallIndex(redis.redis, prefix);
    expect(await index.search({ before: 0 }, { limit: 10 })).toEqual({ calls: [], next: null });
    expect((await index.search({ from: -1 }, { limit: 10 })).calls.length).toBeGreaterThan(1);
    expect(found((await index.search({ from: 2000, before: 3000 }, { limit: 10 })).calls)).toEqual([
      'c',
      'b',
    ]);
  });

  it('goes on where it stopped when few of many calls fit', async () => {
    const prefix = newPrefix();
    const pipeline = redis.redis.pipeline();
    for (let n = 1; n <= 5000; n++)
      pipeline.xadd(
        `${prefix}:ledger:index`,
        `${n}-0`,
        'jobId',
        `job-${n}`,
        'facts',
        `\tlane=${n === 7 ? 'rare' : 'x'}\t`,
      );
    await pipeline.exec();
    const index = new CallIndex(redis.redis, prefix);
    expect(await index.search({ lane: 'rare' }, { limit: 1 })).toMatchObject({ calls: [{ jobId: 'job-7' }] });
    // A search that nobody waits for ends with the step that it is in.
    const signal = AbortSignal.abort();
    const given = await index.search({ lane: 'rare' }, { limit: 1, signal });
    expect(given).toEqual({ calls: [], next: '3001-0' });
    expect(await index.search({ lane: 'rare' }, { limit: 1, before: given.next ?? '' })).toMatchObject({
      calls: [{ jobId: 'job-7' }],
    });
  });

  it('is trimmed with the entries of calls', async () => {
    const ledger = redis.newLedger({ retention: { ageSeconds: 60, count: 100 } });
    const key = `${ledger.prefix}:ledger:index`;
    await redis.redis.xadd(key, '1-0', 'jobId', 'old', 'facts', '\t');
    await settle(ledger, 'new');
    await ledger.trim();
    expect(found((await new CallIndex(redis.redis, ledger.prefix).search({}, { limit: 10 })).calls)).toEqual([
      'new',
    ]);
  });

  it('tells the events of one job between two times', async () => {
    const prefix = newPrefix();
    const add = (id: string, jobId: string, event: string) =>
      redis.redis.xadd(`${prefix}:events`, id, 'jobId', jobId, 'event', event);
    for (let n = 1; n <= 2500; n++)
      await add(`${n}-0`, n % 1000 === 0 ? 'wanted' : 'other', JSON.stringify(ringingOf('wanted')));
    await add('2501-0', 'wanted', 'no JSON');
    const events = await new CallIndex(redis.redis, prefix).eventsOf('wanted', { from: 1500, to: 9000 });
    expect(events).toEqual([{ id: '2000-0', event: ringingOf('wanted') }]);
  });
});

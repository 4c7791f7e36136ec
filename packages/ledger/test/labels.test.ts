import { expect, test } from 'vitest';
import { Labels, type Ledger } from '../src/index.js';
import { jobOf, LONG_MS, resultOf, useRedis } from './support.js';

const redis = useRedis();
const more = { label: 'spring' };
const none = { ANSWERED: 0, IDLE: 0, ERROR: 0 };

async function claim(ledger: Ledger, jobId: string): Promise<string> {
  await ledger.heartbeat('w1', { ttlMs: LONG_MS });
  const answer = await ledger.claim({ jobId, workerId: 'w1', job: jobOf(jobId, more) });
  return answer.kind === 'claimed' ? answer.token : '';
}

async function openJobs(labels: Labels): Promise<string[]> {
  const all: string[] = [];
  for await (const page of labels.openJobs('spring')) all.push(...page);
  return [...new Set(all)].sort();
}

test('jobs of a label are counted from the queue to the result, each once, in whatever way they are settled', async () => {
  const ledger = redis.newLedger();
  const labels = new Labels(redis.redis, ledger.prefix);
  expect(await labels.counts('spring')).toEqual({ waiting: 0, active: 0, results: none });
  await labels.open('spring', ['answered', 'busy', 'cancelled', 'expired', 'waits']);
  await labels.open('spring', ['waits']);
  await ledger.claim({ jobId: 'other', workerId: 'w1', job: jobOf('other', { label: 'autumn' }) });
  const [answered, busy] = [await claim(ledger, 'answered'), await claim(ledger, 'busy')];
  expect(await labels.counts('spring')).toEqual({ waiting: 3, active: 2, results: none });

  await ledger.settle('answered', answered, resultOf('answered', { ...more, state: 'ANSWERED' }));
  for (let repeat = 0; repeat < 2; repeat++) {
    await ledger.settle('busy', busy, resultOf('busy', more), { isOver: true });
    await ledger.settle('expired', null, resultOf('expired', { ...more, state: 'ERROR' }));
    await ledger.requestCancel('cancelled', resultOf('cancelled', more));
  }
  expect(await labels.counts('spring')).toEqual({
    waiting: 1,
    active: 1,
    results: { ANSWERED: 1, IDLE: 2, ERROR: 1 },
  });
  expect(await openJobs(labels)).toEqual(['waits']);
  expect(await labels.activeJobs('spring')).toEqual(['answered']);
});

test('a job that has its result is not opened again', async () => {
  const ledger = redis.newLedger();
  const labels = new Labels(redis.redis, ledger.prefix);
  await labels.open('spring', ['one']);
  await ledger.settle('one', null, resultOf('one', more));
  await labels.open('spring', ['one']);
  expect(await openJobs(labels)).toEqual([]);
});

test('counts go with the retention of entries, and open jobs stay', async () => {
  const ledger = redis.newLedger({ retention: { ageSeconds: 60 } });
  const labels = new Labels(redis.redis, ledger.prefix);
  await labels.open('spring', ['one', 'two']);
  await ledger.settle('one', null, resultOf('one', more));
  expect(await redis.redis.pttl(`${ledger.prefix}:labels:results:spring`)).toBeGreaterThan(50_000);
  expect(await redis.redis.pttl(`${ledger.prefix}:labels:open:spring`)).toBe(-1);
});

import { randomUUID } from 'node:crypto';
import { parseCallJob } from '@outdial/contract';
import { Ledger } from '@outdial/ledger';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { historyKnown } from '../../../src/jobs/admission/history-known.js';
import { useRedis } from '../../use-redis.js';

const store = useRedis();

const job = parseCallJob({ id: 'job-1', callTo: 'sip:human@lab' });

/** The rule on a ledger that deletes what is older than a minute. */
async function rule() {
  const prefix = `{outdial-${randomUUID().slice(0, 8)}}`;
  const ledger = new Ledger(store.redis, { prefix, retention: { ageSeconds: 60 } });
  await ledger.heartbeat('w1', { ttlMs: 600_000 });
  await ledger.claim({ jobId: job.id, workerId: 'w1', job });
  const entry = await ledger.get(job.id);
  const options = { logger: pino({ level: 'silent' }), signal: new AbortController().signal };
  return { refusal: historyKnown(ledger, options), entry };
}

const LONG_AGO = Date.now() - 30 * 24 * 3_600_000;

describe('a job that was handed out before', () => {
  it('longer ago than the ledger remembers is refused when there is no entry of it', async () => {
    const { refusal } = await rule();
    const candidate = { job, enqueuedAt: LONG_AGO, wasStalled: true, entry: null };
    expect(await refusal(candidate)).toMatchObject({ code: 'HISTORY_LOST' });
  });

  it('is admitted when the ledger has an entry of it, or would still have one', async () => {
    const { refusal, entry } = await rule();
    expect(entry).not.toBeNull();
    expect(await refusal({ job, enqueuedAt: LONG_AGO, wasStalled: true, entry })).toBeNull();
    expect(await refusal({ job, enqueuedAt: Date.now(), wasStalled: true, entry: null })).toBeNull();
  });
});

it('a job that was never handed out is admitted, however old it is', async () => {
  const { refusal } = await rule();
  expect(await refusal({ job, enqueuedAt: LONG_AGO, wasStalled: false, entry: null })).toBeNull();
});

import { parseCallJob } from '@outdial/contract';
import { describe, expect, it } from 'vitest';
import { notExpired } from '../../../src/jobs/admission/not-expired.js';

const candidate = (expiresAt?: number) => ({
  job: parseCallJob({ id: 'job-1', callTo: 'sip:human@lab', ...(expiresAt && { expiresAt }) }),
  enqueuedAt: 1,
  wasStalled: false,
  entry: null,
});

describe('a job', () => {
  it('past its expiresAt is refused, with that moment', async () => {
    const refusal = await notExpired(candidate(Date.parse('2026-11-05T09:00:00Z')));
    expect(refusal).toMatchObject({ code: 'EXPIRED', message: 'it expired at 2026-11-05T09:00:00.000Z' });
  });

  it('before its expiresAt, or without one, is admitted', async () => {
    expect(await notExpired(candidate(Date.now() + 3_600_000))).toBeNull();
    expect(await notExpired(candidate())).toBeNull();
  });
});

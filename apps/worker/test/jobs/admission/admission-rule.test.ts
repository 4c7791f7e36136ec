import { OutdialError, parseCallJob } from '@outdial/contract';
import { expect, it } from 'vitest';
import { type AdmissionRule, refusalOf } from '../../../src/jobs/admission/admission-rule.js';

const candidate = {
  job: parseCallJob({ id: 'job-1', callTo: 'sip:human@lab' }),
  enqueuedAt: 1,
  wasStalled: false,
  entry: null,
};
const admits: AdmissionRule = async () => null;
const refuses =
  (code: 'EXPIRED' | 'HISTORY_LOST'): AdmissionRule =>
  async () =>
    new OutdialError(code, code);

it('a job that no rule refuses is admitted', async () => {
  expect(await refusalOf([admits, admits], candidate)).toBeNull();
});

it('the first rule that refuses a job decides, and later rules are not asked', async () => {
  const unasked: AdmissionRule = async () => expect.unreachable();
  const rules = [admits, refuses('EXPIRED'), refuses('HISTORY_LOST'), unasked];
  expect((await refusalOf(rules, candidate))?.code).toBe('EXPIRED');
});

import { OutdialError } from '@outdial/contract';
import type { Ledger } from '@outdial/ledger';
import { type RetryOptions, retryUntilWritten } from '../../redis/retry-until-written.js';
import type { AdmissionRule } from './admission-rule.js';

/**
 * Refuses a job that was handed out before and may have been dialled: its worker never reported what became of it, and the
 * ledger, which has no entry of it, may have deleted that.
 */
export function historyKnown(ledger: Pick<Ledger, 'mayHaveForgotten'>, options: RetryOptions): AdmissionRule {
  return async ({ enqueuedAt, wasStalled, entry }) => {
    if (!wasStalled || entry !== null) return null;
    const ask = () => ledger.mayHaveForgotten(enqueuedAt);
    if (!(await retryUntilWritten('look the job up', ask, options))) return null;
    const message = 'it was handed out before, so long ago that it is unknown whether it was dialled';
    return new OutdialError('HISTORY_LOST', message);
  };
}

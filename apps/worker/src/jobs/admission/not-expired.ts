import { type CallJob, OutdialError } from '@outdial/contract';
import type { AdmissionRule } from './admission-rule.js';

/** Refuses a job that is past its `expiresAt`. */
export const notExpired: AdmissionRule = async ({ job }) =>
  isExpired(job) && job.expiresAt !== undefined
    ? new OutdialError('EXPIRED', `it expired at ${new Date(job.expiresAt).toISOString()}`)
    : null;

export function isExpired({ expiresAt }: Pick<CallJob, 'expiresAt'>): boolean {
  return expiresAt !== undefined && expiresAt <= Date.now();
}

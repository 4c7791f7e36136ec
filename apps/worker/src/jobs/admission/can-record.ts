import { OutdialError, stepsOf } from '@outdial/contract';
import type { AdmissionRule } from './admission-rule.js';

/** Refuses a job that is to be recorded, where there is no directory for recordings. */
export function canRecord(directory: string | null): AdmissionRule {
  return async ({ job }) => {
    const isRecorded = job.recordCall !== null || stepsOf(job).some(({ step }) => step === 'record');
    if (directory !== null || !isRecorded) return null;
    const message = 'it is to be recorded, and the worker has no telephony.recordings.directory';
    return new OutdialError('UNSUPPORTED_STEP', message);
  };
}

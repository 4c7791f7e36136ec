import type { CallTrace } from '@outdial/call-machine';
import { type CallJob, type CallValues, digitsOf } from '@outdial/contract';

/** What the values that a job's plan names are taken from, as the call stands. */
export function callValues(job: CallJob, { verdict, steps }: CallTrace): CallValues {
  const isUndecided = job.liveSpeakerDetect !== null && verdict === null;
  return {
    job,
    verdict,
    farEndType: isUndecided ? undefined : (verdict?.farEndType ?? 'UNKNOWN'),
    digits: digitsOf(steps),
  };
}

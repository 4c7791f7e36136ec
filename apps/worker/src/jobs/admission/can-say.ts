import { OutdialError, stepsOf } from '@outdial/contract';
import type { AdmissionRule } from './admission-rule.js';

/** Refuses a job that says something, where there is nothing to say it with. */
export function canSay(hasSpeech: boolean): AdmissionRule {
  return async ({ job }) => {
    if (hasSpeech || !stepsOf(job).some(({ step }) => step === 'say')) return null;
    const message = 'its plan has a step say, and the worker has neither speech.command nor speech.url';
    return new OutdialError('UNSUPPORTED_STEP', message);
  };
}

import { OutdialError, saysText, stepsOf } from '@outdial/contract';
import type { AdmissionRule } from './admission-rule.js';

/** Refuses a job that says something, where there is nothing to say it with. */
export function canSay(hasSpeech: boolean): AdmissionRule {
  return async ({ job }) => {
    if (hasSpeech || !stepsOf(job).some(saysText)) return null;
    const message = 'its plan says a text, and the worker has neither speech.command nor speech.url';
    return new OutdialError('UNSUPPORTED_STEP', message);
  };
}

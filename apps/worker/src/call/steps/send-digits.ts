import { once } from 'node:events';
import type { SendEnd } from '@outdial/telephony';
import { FINISHED, type StepFunction } from './step.js';

/** Presses keys for the callee, one by one, so that none follows once the plan is stopped. */
export const sendDigits: StepFunction<'sendDigits'> = async (step, { leg, signal }) => {
  const timing = { durationMs: step.millisecondsDuration, gapMs: step.millisecondsGap };
  const stopped = once(signal, 'abort').then((): SendEnd => ({ outcome: 'stopped' }));
  for (const digit of step.digits) {
    if (signal.aborted) return FINISHED;
    const end = await Promise.race([leg.sendDigit(digit, timing), stopped]);
    if (end.outcome === 'failed')
      return { outcome: 'failed', error: { code: 'DIGITS_NOT_SENT', message: end.message } };
  }
  return FINISHED;
};

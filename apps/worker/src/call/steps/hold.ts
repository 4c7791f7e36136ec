import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { FINISHED, type StepFunction } from './step.js';

/** Keeps the call up: for a time, or until the plan is stopped. The call's `maxDurationSeconds` limits it. */
export const hold: StepFunction<'hold'> = async ({ milliseconds }, { signal }) => {
  if (milliseconds !== null) await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  else if (!signal.aborted) await once(signal, 'abort');
  return FINISHED;
};

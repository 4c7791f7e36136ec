import type { WaitOutcome } from '@outdial/contract';
import type { StepEnd, StepFunction } from './step.js';

/** Waits for the moment to leave a message. When it does not come, `onTimeout` decides whether the plan goes on. */
export const waitForAnswerMachine: StepFunction<'waitForAnswerMachine'> = async (step, { wait, signal }) => {
  const { step: _, onTimeout, ...parameters } = step;
  const outcome = await wait(parameters, signal);
  const isReady = outcome?.isReady === true;
  return { ...endOf(outcome), goesOn: isReady || onTimeout === 'continue' };
};

function endOf(outcome: WaitOutcome | null): Pick<StepEnd, 'outcome' | 'error'> {
  switch (outcome?.trigger) {
    case 'timeout':
      return {
        outcome: 'timeout',
        error: { code: 'STEP_TIMEOUT', message: 'no beep and no silence came in time' },
      };
    case 'unheard':
      return {
        outcome: 'failed',
        error: { code: 'CALLEE_UNHEARD', message: 'the audio of the callee did not come, or stopped' },
      };
    default:
      return { outcome: 'finished', error: null };
  }
}

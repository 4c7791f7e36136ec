import type { CallError, Cause, StepOutcome } from '@outdial/contract';
import type { FurtherLeg } from '../../legs/further-leg.js';

/** Why a target did not take the call, the most hopeful first: of several targets the first of these counts. */
export const MISSES = ['noAnswer', 'rejected', 'busy', 'failed'] as const;
export type Miss = (typeof MISSES)[number];

const MISS_OF_CAUSE: Partial<Record<Cause, Miss>> = {
  TIMEOUT: 'noAnswer',
  NOANSWER: 'noAnswer',
  BUSY: 'busy',
  REJECTED: 'rejected',
  NORMAL: 'rejected',
};

/** Why a target that was dialled did not take the call. */
export function missOf(agent: FurtherLeg): Miss {
  const { cause, state } = agent.report();
  return state === 'ERROR' ? 'failed' : (MISS_OF_CAUSE[cause] ?? 'failed');
}

const ENDS: Record<Miss, { outcome: StepOutcome; error: CallError }> = {
  busy: { outcome: 'failed', error: { code: 'AGENT_BUSY', message: 'no target was free' } },
  noAnswer: { outcome: 'timeout', error: { code: 'AGENT_NO_ANSWER', message: 'no target answered in time' } },
  rejected: { outcome: 'failed', error: { code: 'AGENT_REJECTED', message: 'no target took the call' } },
  failed: {
    outcome: 'failed',
    error: { code: 'AGENT_FAILED', message: 'no target could be reached and connected' },
  },
};

/** How a step ends whose targets did not take the call. */
export function endOfMiss(miss: Miss): { outcome: StepOutcome; error: CallError } {
  return ENDS[miss];
}

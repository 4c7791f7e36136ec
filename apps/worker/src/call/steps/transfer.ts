import type { PlanStep } from '@outdial/contract';
import type { TransferEnd } from '@outdial/telephony';
import type { FurtherLeg } from '../legs/further-leg.js';
import { endOfMiss, type Miss, missOf } from './agents/misses.js';
import { playRingback } from './ringback.js';
import { FINISHED, type StepContext, type StepEnd, type StepFunction } from './step.js';

type Transfer = Extract<PlanStep, { step: 'transfer' }>;

/**
 * Hands the callee over to another, after which the call ends here. With `attended` the target is dialled first, and the callee
 * takes our place in that call; otherwise the callee's side calls it. When that fails the callee is still there, and the plan
 * goes on.
 */
export const transfer: StepFunction<'transfer'> = async (step, context) => {
  const target = step.attended ? await reach(step, context) : null;
  if (typeof target === 'string')
    return context.signal.aborted ? FINISHED : { ...endOfMiss(target), branch: step.onFailed };
  const end = await context.leg.transfer(
    {
      to: step.to,
      headers: step.headers,
      withinMs: step.secondsTimeout * 1000,
      ...(target === null ? {} : { replaces: target.leg }),
    },
    context.signal,
  );
  target?.hangUp(context.signal.aborted ? 'CALL' : 'STEP');
  return { ...endOf(end, step), data: { to: step.to } };
};

/** Dials the target while the callee hears the ringback. Resolves with its leg once it is answered, or with why it is not. */
async function reach(step: Transfer, context: StepContext): Promise<FurtherLeg | Miss> {
  const { legs, signal } = context;
  const { to: callTo, callFrom = context.callFrom, callerName, trunk, secondsTimeout } = step;
  const stopRingback = playRingback(step.ringback, context);
  try {
    const request = { callTo, callFrom, callerName, trunk, headers: {}, secondsTimeout };
    const target = await legs.dial(request, signal);
    if (!('leg' in target)) return 'failed';
    const stop = () => target.hangUp('CALL');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const isAnswered = await target.answered;
    signal.removeEventListener('abort', stop);
    return isAnswered ? target : missOf(target);
  } finally {
    await stopRingback();
  }
}

function endOf(end: TransferEnd, { onFailed, secondsTimeout }: Transfer): StepEnd {
  switch (end.outcome) {
    case 'finished':
      return { ...FINISHED, goesOn: false };
    case 'stopped':
      return FINISHED;
    case 'timeout': {
      const message = `nothing final was told of the transfer in ${secondsTimeout} s`;
      return { outcome: 'timeout', error: { code: 'STEP_TIMEOUT', message }, branch: onFailed };
    }
    default: {
      const code = end.outcome === 'refused' ? 'TRANSFER_REFUSED' : 'TRANSFER_FAILED';
      return { outcome: 'failed', error: { code, message: end.message }, branch: onFailed };
    }
  }
}

import { type BridgeStep, targetsOf } from '@outdial/contract';
import type { FurtherLeg } from '../../legs/further-leg.js';
import type { StepContext } from '../step.js';
import { MISSES, type Miss, missOf } from './misses.js';
import { offerTo } from './offer-to.js';

type Bridge = BridgeStep<unknown>;

/** What came of dialling the targets: who has taken the call, or why nobody has. */
export type Search = { agent: FurtherLeg } | { miss: Miss };

/** Dials the targets of a bridge until one takes the call. All others are hung up. */
export async function findAgent(step: Bridge, context: StepContext): Promise<Search> {
  return step.strategy === 'atOnce' ? allAtOnce(step, context) : oneByOne(step, context);
}

async function oneByOne(step: Bridge, context: StepContext): Promise<Search> {
  const misses: Miss[] = [];
  for (const target of targetsOf(step)) {
    if (context.signal.aborted) break;
    const search = await ask(target, step, context, context.signal);
    if ('agent' in search) return search;
    misses.push(search.miss);
  }
  return { miss: best(misses) };
}

async function allAtOnce(step: Bridge, context: StepContext): Promise<Search> {
  const taken = new AbortController();
  const signal = AbortSignal.any([context.signal, taken.signal]);
  const searches = await Promise.all(
    targetsOf(step).map(async (target): Promise<Search> => {
      const search = await ask(target, step, context, signal);
      if (!('agent' in search)) return search;
      if (!taken.signal.aborted) {
        taken.abort();
        return search;
      }
      // Two took it in the same moment.
      search.agent.hangUp('STEP');
      return { miss: 'failed' };
    }),
  );
  const found = searches.find((search) => 'agent' in search);
  return found ?? { miss: best(searches.flatMap((search) => ('miss' in search ? [search.miss] : []))) };
}

/** Dials one target and offers it the call, unless the signal, that of the call or of another target that took it, aborts. */
async function ask(target: string, step: Bridge, context: StepContext, signal: AbortSignal): Promise<Search> {
  const { legs } = context;
  const { callFrom = context.callFrom, callerName, trunk, headers, secondsTimeout } = step;
  const agent = await legs.dial(
    { callTo: target, callFrom, callerName, trunk, headers, secondsTimeout },
    signal,
  );
  if (!('leg' in agent)) return { miss: 'failed' };
  const stop = () => agent.hangUp(context.signal.aborted ? 'CALL' : 'STEP');
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    if (!(await agent.answered)) return { miss: missOf(agent) };
    if (await offerTo(agent, step, context.speech, signal)) return { agent };
    agent.hangUp('STEP', { cause: 'REJECTED' });
    return { miss: 'rejected' };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function best(misses: readonly Miss[]): Miss {
  return MISSES.find((miss) => misses.includes(miss)) ?? 'failed';
}

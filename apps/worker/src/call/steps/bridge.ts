import { type BridgeBranch, listOfSources, type PlanStep } from '@outdial/contract';
import type { FurtherLeg } from '../legs/further-leg.js';
import { findAgent } from './agents/find-agent.js';
import { endOfMiss, type Miss } from './agents/misses.js';
import { playRingback } from './ringback.js';
import { fileOf } from './speaking.js';
import { FINISHED, type StepContext, type StepEnd, type StepFunction } from './step.js';

type Bridge = Extract<PlanStep, { step: 'bridge' }>;
/** What ended the talk of the callee and an agent; `call`: the plan was stopped. */
type TalkEnd = 'agentHangUp' | 'maxDuration' | 'unbridged' | 'call';

/**
 * Dials an agent while the callee hears the ringback, and lets both hear each other until one hangs up, or its time is over. The
 * agent is hung up with the step; the plan goes on, with the steps that the job has for what came of it.
 */
export const bridge: StepFunction<'bridge'> = async (step, context) => {
  const stopRingback = playRingback(step.ringback, context);
  // Said by the time an agent answers.
  for (const source of listOfSources(step.whisper)) void fileOf(source, context.speech);
  const search = await findAgent(step, context);
  await stopRingback();
  if ('miss' in search) return context.signal.aborted ? FINISHED : unanswered(step, search.miss);
  const { agent } = search;
  const problem = await context.leg.bridge(agent.leg);
  if (problem !== null) {
    agent.hangUp('FAILURE', { cause: 'ERROR', error: { code: 'MEDIA_FAILED', message: problem } });
    return context.signal.aborted ? FINISHED : unanswered(step, 'failed');
  }
  agent.noteBridged();
  const bridgedAt = performance.now();
  const end = await talk(agent, step, context);
  context.leg.unbridge();
  agent.hangUp(end === 'call' ? 'CALL' : 'STEP');
  // What the callee has pressed was for the agent.
  context.keys.forget();
  if (end === 'call') return FINISHED;
  const { callId, callTo } = agent.report();
  const data = { callTo, callId, endedBy: end, bridgedMs: Math.round(performance.now() - bridgedAt) };
  return { ...FINISHED, data, branch: branchOf(step, end) };
};

/** Resolves when the talk is to end. */
function talk(
  agent: FurtherLeg,
  { maxDurationSeconds }: Bridge,
  { signal, activeBridge }: StepContext,
): Promise<TalkEnd> {
  return new Promise((resolve) => {
    const end = (by: TalkEnd) => {
      clearTimeout(timer);
      activeBridge.finish();
      signal.removeEventListener('abort', onAbort);
      resolve(by);
    };
    const onAbort = () => end('call');
    const timer =
      maxDurationSeconds === null
        ? undefined
        : setTimeout(() => end('maxDuration'), maxDurationSeconds * 1000);
    activeBridge.begin(() => end('unbridged'));
    void agent.ended.then(() => end('agentHangUp'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function unanswered(step: Bridge, miss: Miss): StepEnd {
  return { ...endOfMiss(miss), branch: branchOf(step, miss) ?? branchOf(step, 'unanswered') };
}

function branchOf({ branches }: Bridge, name: BridgeBranch): readonly PlanStep[] | undefined {
  return branches[name];
}

import { type BridgeStep, listOfSources } from '@outdial/contract';
import type { FurtherLeg } from '../../legs/further-leg.js';
import { playSources } from '../playing.js';
import type { StepContext } from '../step.js';

/**
 * Offers the call to an agent who has answered: plays the whisper, and waits for the key where one is asked for. Resolves with
 * whether the agent takes it. A whisper that cannot be played is left out: the callee waits.
 */
export async function offerTo(
  agent: FurtherLeg,
  { whisper, acceptOn, secondsToAccept }: BridgeStep<unknown>,
  speech: StepContext['speech'],
  signal: AbortSignal,
): Promise<boolean> {
  const decided = new AbortController();
  let isAccepted = acceptOn === null;
  const stopListening = agent.leg.onDigit((digit) => {
    if (digit !== acceptOn) return;
    isAccepted = true;
    decided.abort();
  });
  const decide = () => decided.abort();
  signal.addEventListener('abort', decide, { once: true });
  void agent.ended.then(decide);
  try {
    if (signal.aborted) decide();
    const { leg } = agent;
    await playSources({ sources: listOfSources(whisper), loop: 1 }, { leg, speech }, decided.signal);
    if (acceptOn !== null && !decided.signal.aborted) await aborted(decided, secondsToAccept * 1000);
    return isAccepted && !signal.aborted && !agent.isOver;
  } finally {
    stopListening();
    signal.removeEventListener('abort', decide);
  }
}

/** Resolves when it aborts, or after this time. */
function aborted({ signal }: AbortController, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, withinMs);
    signal.addEventListener('abort', end, { once: true });
  });
}

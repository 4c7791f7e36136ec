import { listOfSources, type Sources } from '@outdial/contract';
import { playSources } from './playing.js';
import type { StepContext } from './step.js';

/**
 * Plays to the callee again and again while somebody is dialled for it. Returns what ends it, which resolves once it has. What
 * cannot be played is left out: the callee waits in silence.
 */
export function playRingback(
  ringback: Sources | null,
  context: Pick<StepContext, 'leg' | 'speech' | 'signal'>,
): () => Promise<unknown> {
  if (ringback === null) return () => Promise.resolve();
  const stop = new AbortController();
  const whileRinging = AbortSignal.any([context.signal, stop.signal]);
  const playing = playSources({ sources: listOfSources(ringback), loop: null }, context, whileRinging);
  return () => {
    stop.abort();
    return playing;
  };
}

import { type Interruption, listOfSources } from '@outdial/contract';
import { playFailed, playSources } from './playing.js';
import { FINISHED, type StepContext, type StepEnd, type StepFunction } from './step.js';

/**
 * Plays sources to the callee, at most for its `secondsTimeout`, and until the callee interrupts it. After a source that
 * cannot be played the rest of them is not played, and the plan goes on with its next step.
 */
export const play: StepFunction<'play'> = async (step, context) => {
  const { source, loop, interruptOn, secondsTimeout } = step;
  const stop = new AbortController();
  let cut: StepEnd | null = null;
  const cutWith = (end: StepEnd) => {
    cut ??= end;
    stop.abort();
  };
  const onAbort = () => cutWith(FINISHED);
  context.signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => cutWith(timedOut(secondsTimeout)), secondsTimeout * 1000);
  const stopWatching = watch(interruptOn, context, () =>
    cutWith({ outcome: 'interrupted', error: null, data: { interruptedBy: interruptOn } }),
  );
  try {
    const end = await playSources({ sources: listOfSources(source), loop }, context, stop.signal);
    return end.outcome === 'failed' ? playFailed(end) : (cut ?? FINISHED);
  } finally {
    clearTimeout(timer);
    stopWatching();
    context.signal.removeEventListener('abort', onAbort);
  }
};

function watch(
  interruption: Interruption | null,
  { keys, onSpeech }: StepContext,
  onInterrupted: () => void,
): () => void {
  if (interruption === 'digit') return keys.onPress(onInterrupted);
  if (interruption === null) return () => undefined;
  return onSpeech((isSpeaking) => {
    if (isSpeaking) onInterrupted();
  });
}

function timedOut(seconds: number): StepEnd {
  return {
    outcome: 'timeout',
    error: { code: 'STEP_TIMEOUT', message: `playing was stopped after ${seconds} s` },
  };
}

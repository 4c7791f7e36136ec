import type { PlanStep } from '@outdial/contract';
import { playFailed, playSources } from './playing.js';
import { FINISHED, type StepContext, type StepEnd, type StepFunction } from './step.js';

type Record = Extract<PlanStep, { step: 'record' }>;
type EndedBy = 'key' | 'silence' | 'maximum' | 'failure' | 'plan';

const BEEP = { sources: ['tone_stream://%(250,0,1000)'], loop: 1 };

/** Records the callee, after a beep. A recording that cannot be made, or goes wrong, costs the step and not the call. */
export const record: StepFunction<'record'> = async (step, context) => {
  const { leg, keys, recordings, signal } = context;
  // Before the beep: it may take a moment to start, and what comes right after the beep is not to be missed.
  const recording = await recordings.start(leg, step.name, 'callee');
  if ('problem' in recording) return failed(recording.problem);
  if (step.beep) {
    const end = await playSources(BEEP, context, signal);
    if (end.outcome === 'failed') {
      recording.stop();
      return playFailed(end);
    }
  }
  keys.forget();
  const endedBy = await untilEnd(step, context, recording.ended);
  recording.stop();
  // The ended record waits for the file; a plan that is stopped does not.
  if (endedBy === 'plan') return FINISHED;
  const { durationMs, problem } = await recording.ended;
  if (problem !== null) return failed(problem);
  return { ...FINISHED, data: { name: step.name, durationMs, endedBy } };
};

/** Resolves with what ends the recording. */
async function untilEnd(step: Record, context: StepContext, failure: Promise<unknown>): Promise<EndedBy> {
  const { keys, onSpeech, isSpeaking, signal } = context;
  let end: (by: EndedBy) => void = () => undefined;
  const ended = new Promise<EndedBy>((resolve) => {
    end = resolve;
  });
  void failure.then(() => end('failure'));
  const onAbort = () => end('plan');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const maximum = setTimeout(() => end('maximum'), step.secondsMax * 1000);
  let silence: NodeJS.Timeout | undefined;
  const follow = (speaks: boolean) => {
    clearTimeout(silence);
    if (!speaks && step.secondsSilence !== null)
      silence = setTimeout(() => end('silence'), step.secondsSilence * 1000);
  };
  const stopWatching = step.secondsSilence === null ? () => undefined : onSpeech(follow);
  follow(isSpeaking());
  const stopListening = keys.onPress(() => {
    if (keys.take() === step.finishKey) end('key');
  });
  try {
    return await ended;
  } finally {
    clearTimeout(maximum);
    clearTimeout(silence);
    stopWatching();
    stopListening();
    signal.removeEventListener('abort', onAbort);
  }
}

/** There is nothing to pause or to resume. */
export function notRecording(): StepEnd {
  return failed('the call is not being recorded');
}

function failed(message: string): StepEnd {
  return { outcome: 'failed', error: { code: 'RECORDING_FAILED', message } };
}

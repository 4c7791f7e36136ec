import { setTimeout as delay } from 'node:timers/promises';
import { type CallError, OutdialError, type Source } from '@outdial/contract';
import type { Leg } from '@outdial/telephony';
import { fileOf, type Speaking } from './speaking.js';
import type { StepEnd } from './step.js';

/** A pass over sources that takes less than this is one of empty files: it must not go round without a rest. */
const SHORTEST_PASS_MS = 20;

/** How playing ended. */
export type PlayingEnd = { outcome: 'finished' } | { outcome: 'stopped' } | PlayingFailed;
interface PlayingFailed {
  outcome: 'failed';
  error: CallError;
}

export interface Playing {
  sources: readonly Source[];
  /** How often all of them are played; null: until the signal aborts. */
  loop: number | null;
}

/** Who hears it, the callee or an agent, and what says the texts. */
export interface PlayingContext {
  leg: Pick<Leg, 'play' | 'stopPlaying'>;
  speech: Speaking | null;
}

/**
 * Plays sources one after the other, until all have ended, one cannot be played, or the signal aborts. A text is made into speech
 * while what stands before it is played. It does not wait for the leg to confirm that playing has stopped: a source that hangs,
 * such as a file on a dead network share, must not hold the call.
 */
export async function playSources(
  { sources, loop }: Playing,
  context: PlayingContext,
  signal: AbortSignal,
): Promise<PlayingEnd> {
  const files: Array<string | Promise<string>> = [];
  const fileAt = (index: number) => {
    const source = sources[index];
    if (source !== undefined) files[index] ??= fileOf(source, context.speech);
    return files[index] ?? '';
  };
  for (let pass = 0; loop === null || pass < loop; pass++) {
    const startedAt = performance.now();
    for (const index of sources.keys()) {
      const file = fileAt(index);
      void fileAt(index + 1);
      const end = await playOne(file, context, signal);
      if (end.outcome !== 'finished') return end;
    }
    if (performance.now() - startedAt < SHORTEST_PASS_MS) await delay(SHORTEST_PASS_MS);
  }
  return { outcome: 'finished' };
}

async function playOne(
  file: string | Promise<string>,
  { leg }: PlayingContext,
  signal: AbortSignal,
): Promise<PlayingEnd> {
  if (signal.aborted) return { outcome: 'stopped' };
  let stop = () => {};
  const stopped = new Promise<PlayingEnd>((resolve) => {
    stop = () => {
      resolve({ outcome: 'stopped' });
      leg.stopPlaying();
    };
  });
  signal.addEventListener('abort', stop, { once: true });
  const play = async (): Promise<PlayingEnd> => {
    const path = typeof file === 'string' ? file : await file;
    if (signal.aborted) return { outcome: 'stopped' };
    const end = await leg.play(path);
    return end.outcome === 'failed' ? failed('PLAY_FAILED', end.message) : end;
  };
  try {
    return await Promise.race([stopped, play()]);
  } catch (error) {
    if (!(error instanceof OutdialError)) throw error;
    return failed(error.code, error.message);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function failed(code: CallError['code'], message: string): PlayingFailed {
  return { outcome: 'failed', error: { code, message } };
}

/** How a step ends whose source cannot be played. */
export function playFailed({ error }: PlayingFailed): StepEnd {
  return { outcome: 'failed', error };
}

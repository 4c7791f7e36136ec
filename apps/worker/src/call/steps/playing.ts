import { setTimeout as delay } from 'node:timers/promises';
import type { Leg, PlayEnd } from '@outdial/telephony';
import type { StepEnd } from './step.js';

/** A pass over sources that takes less than this is one of empty files: it must not go round without a rest. */
const SHORTEST_PASS_MS = 20;

/** The callee's leg, or an agent's. */
type PlayingLeg = Pick<Leg, 'play' | 'stopPlaying'>;

export interface Playing {
  sources: readonly string[];
  /** How often all of them are played; null: until the signal aborts. */
  loop: number | null;
}

/**
 * Plays sources one after the other, until all have ended, one cannot be played, or the signal aborts. It does not wait for
 * the leg to confirm that playing has stopped: a source that hangs, such as a file on a dead network share, must not hold
 * the call.
 */
export async function playSources(
  { sources, loop }: Playing,
  leg: PlayingLeg,
  signal: AbortSignal,
): Promise<PlayEnd> {
  for (let pass = 0; loop === null || pass < loop; pass++) {
    const startedAt = performance.now();
    for (const source of sources) {
      const end = await playOne(source, leg, signal);
      if (end.outcome !== 'finished') return end;
    }
    if (performance.now() - startedAt < SHORTEST_PASS_MS) await delay(SHORTEST_PASS_MS);
  }
  return { outcome: 'finished' };
}

async function playOne(source: string, leg: PlayingLeg, signal: AbortSignal): Promise<PlayEnd> {
  if (signal.aborted) return { outcome: 'stopped' };
  let stop = () => {};
  const stopped = new Promise<PlayEnd>((resolve) => {
    stop = () => {
      resolve({ outcome: 'stopped' });
      leg.stopPlaying();
    };
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([stopped, leg.play(source)]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** How a step ends whose source cannot be played. */
export function playFailed({ message }: { message: string }): StepEnd {
  return { outcome: 'failed', error: { code: 'PLAY_FAILED', message } };
}

import type { Tone } from '../ui/badge.js';
import { words } from '../ui/format.js';
import type { CallRow } from './call-row.js';

/** How a call stands, or how it ended, in a word or two. */
export function outcomeOf({
  phase,
  state,
  cause,
  error,
  sipStatus,
}: Pick<CallRow, 'phase' | 'state' | 'cause' | 'error' | 'sipStatus'>): { text: string; tone: Tone } {
  if (error !== null) return { text: words(error), tone: 'bad' };
  if (phase === 'waiting') return { text: 'waiting', tone: 'plain' };
  if (phase !== 'ended') return { text: phase === 'answered' ? 'up' : phase, tone: 'busy' };
  if (state === 'ANSWERED') return { text: 'answered', tone: 'good' };
  const text = cause === null ? 'ended' : words(cause);
  return { text: sipStatus === null || sipStatus < 300 ? text : `${text} (${sipStatus})`, tone: 'warn' };
}

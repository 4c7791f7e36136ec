import type { CallChannel } from '@outdial/client';
import pc from 'picocolors';
import { causeText, paintState, rawCauseText, seconds, verdictText } from './words.js';

/** One change of state of a call, `afterMs` after it was asked for. */
export function stateLine({ state, details }: CallChannel, afterMs: number): string {
  const note = state === 'ANSWERED' && details.codec !== null ? `  ${details.codec}` : '';
  return `${pc.dim(seconds(afterMs).padStart(9))}  ${paintState(state, state)}${note}`;
}

/** How the call went so far, a fact in each line. */
export function outcomeText({ state, cause, details }: CallChannel): string {
  const { rawCause, verdict, error, timings } = details;
  const since = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? null : to - from;
  const wasAnswered = timings.answeredAt !== undefined;
  const facts: ReadonlyArray<readonly [string, string]> = [
    ['answered', wasAnswered ? 'yes' : 'no'],
    ['state', state],
    ['cause', causeText({ cause, error })],
    ['raw cause', rawCauseText(rawCause)],
    ['verdict', verdict === null ? '-' : `${verdictText(verdict)} (${verdict.evidence})`],
    ['time to ring', seconds(since(timings.callingAt, timings.ringingAt))],
    ['time to answer', seconds(since(timings.callingAt, timings.answeredAt))],
    ['time to verdict', seconds(since(timings.answeredAt, timings.verdictAt))],
    ['error', error?.message ?? '-'],
  ];
  return facts
    .filter(([, value]) => value !== '-')
    .map(([name, value]) => `${pc.dim(`${name}:`.padEnd(17))}${value}`)
    .join('\n');
}

import type { CallChannel } from '@outdial/client';
import { colours } from './colours.js';
import { colourState, formatCause, formatRawCause, formatSeconds, formatVerdict } from './format.js';

/** A state of a call as a line, with the time since it was requested. */
export function stateLine({ state, details }: CallChannel, afterMs: number): string {
  const note = state === 'ANSWERED' && details.codec !== null ? `  ${details.codec}` : '';
  return `${colours.dim(formatSeconds(afterMs).padStart(9))}  ${colourState(state, state)}${note}`;
}

/** The outcome of a call, one fact per line. */
export function outcomeText({ state, cause, details }: CallChannel): string {
  const { rawCause, verdict, error, timings } = details;
  const since = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? null : to - from;
  const wasAnswered = timings.answeredAt !== undefined;
  const facts: ReadonlyArray<readonly [string, string]> = [
    ['answered', wasAnswered ? 'yes' : 'no'],
    ['state', state],
    ['cause', formatCause({ cause, error })],
    ['raw cause', formatRawCause(rawCause)],
    ['verdict', verdict === null ? '-' : `${formatVerdict(verdict)} (${verdict.evidence})`],
    ['time to ring', formatSeconds(since(timings.callingAt, timings.ringingAt))],
    ['time to answer', formatSeconds(since(timings.callingAt, timings.answeredAt))],
    ['time to verdict', formatSeconds(since(timings.answeredAt, timings.verdictAt))],
    ['error', error?.message ?? '-'],
  ];
  return facts
    .filter(([, value]) => value !== '-')
    .map(([name, value]) => `${colours.dim(`${name}:`.padEnd(17))}${value}`)
    .join('\n');
}

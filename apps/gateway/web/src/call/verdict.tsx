import { Badge } from '../ui/badge.js';
import { formatDuration, words } from '../ui/format.js';
import type { WholeCall } from './whole-call.js';

/** What live speaker detection found, and why. */
export function VerdictPanel({ call }: { call: WholeCall }) {
  const told = call.events.findLast(
    ({ event }) => event.type === 'verdict' || event.type === 'revised',
  )?.event;
  const fromEvent = told !== undefined && 'verdict' in told ? told.verdict : null;
  const verdict = call.ended?.verdict ?? call.result?.verdict ?? fromEvent;
  if (verdict === null) return null;
  const { farEndType, kind, confidence, decidedAfterMs, evidence } = verdict;
  return (
    <section className="panel">
      <h2>Verdict</h2>
      <p>
        <Badge tone={farEndType === 'LIVE' ? 'good' : 'warn'}>{words(farEndType)}</Badge>{' '}
        {`${words(kind)}, ${Math.round(confidence * 100)} % certain, after ${formatDuration(decidedAfterMs)} of audio`}
      </p>
      <p>{evidence}</p>
    </section>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { LabelCounts } from '../../../src/lanes/lane-routes.js';
import { ask } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { useCaller } from '../api/session.js';
import { formatCount } from '../ui/format.js';
import { Failure } from '../ui/notices.js';
import { CancelMany } from './cancel-many.js';
import { Progress } from './progress.js';

/** Labels of late, and any that is asked for. */
export function Labels({ known }: { known: readonly string[] }) {
  const { key } = useCaller();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState<readonly string[]>([]);
  if (key.lanes !== null) return null;
  const shown = [...new Set([...asked, ...known])];
  return (
    <section className="labels">
      <h2>Labels</h2>
      <form
        className="actions"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed !== '') setAsked([typed, ...asked]);
          setTyped('');
        }}
      >
        <label className="field-inline">
          Label
          <input value={typed} onChange={(event) => setTyped(event.target.value)} maxLength={128} />
        </label>
        <button type="submit">Show</button>
      </form>
      {shown.length === 0 && (
        <p className="muted">Labels of calls of the last hour appear here; any other is found by its name.</p>
      )}
      <div className="lane-cards">
        {shown.map((label) => (
          <LabelCard key={label} label={label} />
        ))}
      </div>
    </section>
  );
}

function LabelCard({ label }: { label: string }) {
  const { can } = useCaller();
  const interval = useInterval(2000);
  const counts = useQuery({
    queryKey: ['label', label],
    queryFn: ({ signal }) => ask<LabelCounts>(`/v1/labels/${encodeURIComponent(label)}`, { signal }),
    refetchInterval: interval,
  });
  const { waiting = 0, active = 0, results = { ANSWERED: 0, IDLE: 0, ERROR: 0 } } = counts.data ?? {};
  const done = results.ANSWERED + results.IDLE + results.ERROR;
  return (
    <section className="panel lane-card">
      <h3>
        <Link href={`/calls?label=${encodeURIComponent(label)}`}>{label}</Link>
      </h3>
      {counts.isError && <Failure error={counts.error} onRetry={() => void counts.refetch()} />}
      <Progress name={label} done={done} all={done + waiting + active} />
      <p className="number-line">
        {`${formatCount(waiting)} waiting, ${formatCount(active)} active; ${formatCount(results.ANSWERED)} answered, ${formatCount(results.IDLE)} not, ${formatCount(results.ERROR)} failed`}
      </p>
      <div className="actions">
        {can('calls:write') && <CancelMany of={{ label }} left={waiting + active} />}
      </div>
    </section>
  );
}

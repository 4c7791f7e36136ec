import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { LaneState } from '../../../src/lanes/lane-routes.js';
import { ask } from '../api/ask.js';
import { useCaller } from '../api/session.js';
import { Badge } from '../ui/badge.js';
import { formatCount, formatDuration, plural } from '../ui/format.js';
import { Failure } from '../ui/notices.js';
import { CancelMany } from './cancel-many.js';
import { Limits } from './limits.js';
import { Progress } from './progress.js';

/** A lane: how far it is, its limits, and its switches. */
export function LaneCard({ lane, etaSeconds }: { lane: LaneState; etaSeconds: number | null }) {
  const { can } = useCaller();
  const [isLimiting, setLimiting] = useState(false);
  const client = useQueryClient();
  const pause = useMutation({
    mutationFn: () =>
      ask(`/v1/lanes/${encodeURIComponent(lane.lane)}/${lane.isPaused ? 'resume' : 'pause'}`, {
        method: 'POST',
      }),
    onSettled: () => client.invalidateQueries({ queryKey: ['lanes'] }),
  });
  const { waiting, active, delayed, completed, failed } = lane;
  const left = waiting + active + delayed;
  return (
    <section className="panel lane-card">
      <h2>
        {lane.lane} {lane.isPaused && <Badge tone="warn">paused</Badge>}
        {lane.workers === 0 && <Badge tone="bad">no worker</Badge>}
      </h2>
      <Progress name={lane.lane} done={completed + failed} all={completed + failed + left} />
      <p className="number-line">
        {`${formatCount(waiting + delayed)} waiting, ${formatCount(active)} active, ${plural(lane.workers, 'worker')}`}
        {left > 0 && etaSeconds !== null && `, done in ${formatDuration(etaSeconds * 1000)}`}
      </p>
      <p className="muted">
        {`${limit(lane.callsPerSecond, 'calls a second')}; ${limit(lane.concurrency, 'calls at once')}`}
      </p>
      {pause.isError && <Failure error={pause.error} />}
      <div className="actions">
        {can('admin') && (
          <>
            <button type="button" disabled={pause.isPending} onClick={() => pause.mutate()}>
              {lane.isPaused ? 'Resume' : 'Pause'}
              <span className="hidden">{` ${lane.lane}`}</span>
            </button>
            <button type="button" aria-expanded={isLimiting} onClick={() => setLimiting(!isLimiting)}>
              Limits<span className="hidden">{` of ${lane.lane}`}</span>
            </button>
          </>
        )}
        {can('calls:write') && <CancelMany of={{ lane: lane.lane }} left={left} />}
      </div>
      {isLimiting && <Limits lane={lane} onDone={() => setLimiting(false)} />}
    </section>
  );
}

function limit(value: number | null, what: string): string {
  return value === null ? `any number of ${what}` : `at most ${formatCount(value)} ${what}`;
}

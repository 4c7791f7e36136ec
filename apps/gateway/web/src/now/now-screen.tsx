import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Now } from '../../../src/now/now-routes.js';
import { ask, query } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { formatCount, formatRate } from '../ui/format.js';
import { Failure, Loading } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import { Funnel } from './funnel.js';
import { LaneTable } from './lane-table.js';
import { PaceChart } from './pace-chart.js';
import { Shares } from './shares.js';
import './now.css';

const PERIODS = [
  { seconds: 60, name: 'last minute' },
  { seconds: 300, name: 'last 5 minutes' },
  { seconds: 900, name: 'last 15 minutes' },
  { seconds: 3600, name: 'last hour' },
] as const;
/** Over which the pace is told. */
const PACE_SECONDS = 5;

/** How calls go: what a wall screen shows. */
export default function NowScreen() {
  const [seconds, setSeconds] = useState(300);
  const interval = useInterval(1000);
  const now = useQuery({
    queryKey: ['now', seconds],
    queryFn: ({ signal }) => ask<Now>(`/v1/now${query({ seconds })}`, { signal }),
    refetchInterval: interval,
    placeholderData: keepPreviousData,
  });
  return (
    <Screen
      title="Now"
      actions={
        <label className="field-inline">
          Period
          <select value={seconds} onChange={(event) => setSeconds(Number(event.target.value))}>
            {PERIODS.map((period) => (
              <option key={period.seconds} value={period.seconds}>
                {period.name}
              </option>
            ))}
          </select>
        </label>
      }
    >
      {now.isError && <Failure error={now.error} onRetry={() => void now.refetch()} />}
      {now.data === undefined ? (
        !now.isError && <Loading what="what happens now" />
      ) : (
        <Overview now={now.data} />
      )}
    </Screen>
  );
}

function Overview({ now }: { now: Now }) {
  const { active, series, stepSeconds, funnel } = now;
  const last = Math.max(1, Math.round(PACE_SECONDS / stepSeconds));
  const begun = series.begun.slice(-last).reduce((sum, count) => sum + count, 0) / (last * stepSeconds);
  const up = active.answered;
  const person = funnel.answered === 0 ? null : funnel.person / funnel.answered;
  return (
    <div className="now">
      <dl className="tiles">
        <Tile name="Calls a second" value={formatRate(begun)} />
        <Tile name="Up" value={formatCount(up)} />
        <Tile name="Ringing" value={formatCount(active.ringing)} />
        <Tile name="Dialling" value={formatCount(active.calling)} />
        <Tile name="Persons of answers" value={person === null ? '–' : `${Math.round(person * 100)} %`} />
      </dl>
      <PaceChart now={now} />
      <div className="panels">
        <Funnel funnel={funnel} />
        <Shares title="How calls ended" shares={now.causes} none="No call has ended in this period." />
        <Shares title="Who answered" shares={now.kinds} none="There is no verdict in this period." />
      </div>
      <LaneTable lanes={now.lanes} />
    </div>
  );
}

function Tile({ name, value }: { name: string; value: string }) {
  return (
    <div className="tile">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import type { LaneState } from '../../../src/lanes/lane-routes.js';
import type { Now } from '../../../src/now/now-routes.js';
import { ask } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { Failure, Loading } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import { Labels } from './labels.js';
import { LaneCard } from './lane-card.js';
import './lanes.css';

/** How far lanes and labels are, and what may be done about them. */
export default function LanesScreen() {
  const interval = useInterval(2000);
  const lanes = useQuery({
    queryKey: ['lanes'],
    queryFn: ({ signal }) => ask<{ lanes: LaneState[] }>('/v1/lanes', { signal }),
    refetchInterval: interval,
  });
  const now = useQuery({
    queryKey: ['now', 300],
    queryFn: ({ signal }) => ask<Now>('/v1/now', { signal }),
    refetchInterval: interval,
  });
  const etaOf = (name: string) => now.data?.lanes.find(({ lane }) => lane === name)?.etaSeconds ?? null;
  return (
    <Screen title="Lanes and labels">
      {lanes.isError && <Failure error={lanes.error} onRetry={() => void lanes.refetch()} />}
      {lanes.isPending && <Loading what="lanes" />}
      <div className="lane-cards">
        {lanes.data?.lanes.map((lane) => (
          <LaneCard key={lane.lane} lane={lane} etaSeconds={etaOf(lane.lane)} />
        ))}
      </div>
      <Labels known={now.data?.labels ?? []} />
    </Screen>
  );
}

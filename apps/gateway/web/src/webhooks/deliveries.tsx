import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { LoggedDelivery } from '../../../src/webhooks/delivery/delivery-log.js';
import { ask, query } from '../api/ask.js';
import { Badge } from '../ui/badge.js';
import { formatDuration, formatTime } from '../ui/format.js';
import { Failure, Loading } from '../ui/notices.js';

const PAGE = 50;
const TONES = { delivered: 'good', failed: 'warn', abandoned: 'bad' } as const;

/** Attempts to deliver, the latest first, each of which that was the last of its message may be repeated. */
export function Deliveries({ id }: { id: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['deliveries', id],
    queryFn: ({ pageParam, signal }) =>
      ask<{ deliveries: LoggedDelivery[] }>(
        `/v1/webhooks/${id}/deliveries${query({ limit: PAGE, before: pageParam })}`,
        { signal },
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ deliveries }) => (deliveries.length < PAGE ? undefined : deliveries.at(-1)?.id),
  });
  const replay = useMutation({
    mutationFn: (delivery: string) =>
      ask(`/v1/webhooks/${id}/deliveries/${delivery}/replay`, { method: 'POST' }),
    onSuccess: () => pages.refetch(),
  });
  const deliveries = pages.data?.pages.flatMap((page) => page.deliveries) ?? [];
  if (pages.isPending) return <Loading what="deliveries" />;
  return (
    <div className="deliveries">
      {pages.isError && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {replay.isError && <Failure error={replay.error} />}
      {deliveries.length === 0 && <p className="muted">Nothing was delivered yet.</p>}
      {deliveries.length > 0 && (
        <table className="plain cards">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Event</th>
              <th scope="col">Outcome</th>
              <th scope="col" className="number">
                Took
              </th>
              <th scope="col">Again</th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <tr key={delivery.id}>
                <td data-name="Time">{formatTime(delivery.at)}</td>
                <td data-name="Event">
                  {delivery.jobId === '' ? (
                    delivery.type
                  ) : (
                    <Link href={`/calls/${encodeURIComponent(delivery.jobId)}`}>{delivery.type}</Link>
                  )}
                </td>
                <td data-name="Outcome">
                  <Badge tone={TONES[delivery.outcome]}>{outcome(delivery)}</Badge>
                </td>
                <td className="number" data-name="Took">
                  {formatDuration(delivery.tookMs)}
                </td>
                <td data-name="Again">
                  {delivery.outcome !== 'failed' && (
                    <button
                      type="button"
                      disabled={replay.isPending}
                      onClick={() => replay.mutate(delivery.id)}
                    >
                      Replay
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="actions">
        <button type="button" onClick={() => void pages.refetch()}>
          Refresh
        </button>
        {pages.hasNextPage && (
          <button type="button" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
            Show earlier
          </button>
        )}
      </div>
    </div>
  );
}

function outcome({ outcome: name, status, error, attempt }: LoggedDelivery): string {
  const why = status === null ? (error ?? '') : String(status);
  return `${name}${why === '' ? '' : ` (${why})`}${attempt > 1 ? `, attempt ${attempt}` : ''}`;
}

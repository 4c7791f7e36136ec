import { useMutation } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { LoggedDelivery } from '../../../src/webhooks/delivery/delivery-log.js';
import { ask } from '../api/ask.js';
import { Badge } from '../ui/badge.js';
import { formatDuration, formatTime } from '../ui/format.js';
import { Failure, Loading } from '../ui/notices.js';
import { useDeliveries } from './use-deliveries.js';

const TONES = { delivered: 'good', failed: 'warn', abandoned: 'bad' } as const;

/** Attempts to deliver, the latest first, each of which that was the last of its message may be repeated. */
export function Deliveries({ id }: { id: string }) {
  const { pages, deliveries, newer } = useDeliveries(id);
  const replay = useMutation({
    mutationFn: ({ id: delivery }: LoggedDelivery) =>
      ask(`/v1/webhooks/${id}/deliveries/${delivery}/replay`, { method: 'POST' }),
  });
  if (pages.isPending) return <Loading what="deliveries" />;
  return (
    <div className="deliveries">
      {pages.isError && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {replay.isError && <Failure error={replay.error} />}
      <div className="actions">
        <button
          type="button"
          className="held"
          disabled={newer === '0' || pages.isFetching}
          onClick={() => void pages.refetch()}
        >
          {newer === '0' ? 'No new attempts' : `Show ${newer} new ${newer === '1' ? 'attempt' : 'attempts'}`}
        </button>
        <p role="status">{replay.isSuccess && `${replay.variables.message} is delivered once more.`}</p>
      </div>
      {deliveries.length === 0 && <p className="muted">Nothing was delivered yet.</p>}
      {deliveries.length > 0 && (
        <table className="plain cards" aria-label="Attempts to deliver">
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
              <Attempt
                key={delivery.id}
                delivery={delivery}
                isBusy={replay.isPending}
                onReplay={() => replay.mutate(delivery)}
              />
            ))}
          </tbody>
        </table>
      )}
      {pages.hasNextPage && (
        <div className="actions">
          <button type="button" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
            Show earlier
          </button>
        </div>
      )}
    </div>
  );
}

function Attempt({
  delivery,
  isBusy,
  onReplay,
}: {
  delivery: LoggedDelivery;
  isBusy: boolean;
  onReplay: () => void;
}) {
  const { at, type, jobId, outcome, error, attempt, tookMs, message } = delivery;
  return (
    <tr>
      <td data-name="Time">{formatTime(at)}</td>
      <td data-name="Event">
        {jobId === '' ? (
          type
        ) : (
          <Link href={`/calls/${encodeURIComponent(jobId)}`}>{`${type} of ${jobId}`}</Link>
        )}
      </td>
      <td data-name="Outcome">
        <div>
          <Badge tone={TONES[outcome]}>{`${outcome}${attempt > 1 ? `, attempt ${attempt}` : ''}`}</Badge>{' '}
          {error}
        </div>
      </td>
      <td className="number" data-name="Took">
        {formatDuration(tookMs)}
      </td>
      <td data-name="Again">
        {/* What has failed, and is not given up, is tried again by itself. */}
        {outcome !== 'failed' && (
          <button type="button" title={`Deliver ${message} once more`} disabled={isBusy} onClick={onReplay}>
            Replay
          </button>
        )}
      </td>
    </tr>
  );
}

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Activity } from '../../../src/activity/activity-log.js';
import { ask, query } from '../api/ask.js';
import { Badge } from '../ui/badge.js';
import { formatDateTime } from '../ui/format.js';
import { Failure, Loading } from '../ui/notices.js';

const PAGE = 50;

/** Who did what, the latest first. */
export function ActivityTable() {
  const [list, setList] = useState('admin');
  const pages = useInfiniteQuery({
    queryKey: ['activity', list],
    queryFn: ({ pageParam, signal }) =>
      ask<{ activity: Activity[] }>(`/v1/activity${query({ list, limit: PAGE, before: pageParam })}`, {
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ activity }) => (activity.length < PAGE ? undefined : activity.at(-1)?.id),
    placeholderData: keepPreviousData,
  });
  const activity = pages.data?.pages.flatMap((page) => page.activity) ?? [];
  return (
    <section className="panel">
      <div className="screen-head">
        <h2>Who did what</h2>
        <div className="actions">
          <label className="field-inline">
            Show
            <select value={list} onChange={(event) => setList(event.target.value)}>
              <option value="admin">changes</option>
              <option value="calls">requests about calls</option>
            </select>
          </label>
          <button type="button" onClick={() => void pages.refetch()}>
            Refresh
          </button>
        </div>
      </div>
      {pages.isError && <Failure error={pages.error} onRetry={() => void pages.refetch()} />}
      {pages.isPending && <Loading what="the activity" />}
      {pages.isSuccess && activity.length === 0 && <p className="muted">Nothing was done yet.</p>}
      {activity.length > 0 && (
        <table className="plain cards">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Of</th>
              <th scope="col">Answer</th>
            </tr>
          </thead>
          <tbody>
            {activity.map(({ id, at, name, by, address, operation, target, status }) => (
              <tr key={id}>
                <td data-name="Time">{formatDateTime(at)}</td>
                <td data-name="Who" title={`${by} ${address}`}>
                  {name}
                </td>
                <td data-name="What">{operation}</td>
                <td data-name="Of">{target}</td>
                <td data-name="Answer">
                  <Badge tone={status >= 400 ? 'bad' : 'plain'}>
                    {status === 0 ? 'command' : String(status)}
                  </Badge>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {pages.hasNextPage && (
        <button type="button" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
          Show earlier
        </button>
      )}
    </section>
  );
}

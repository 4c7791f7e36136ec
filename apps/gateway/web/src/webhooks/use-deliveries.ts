import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { LoggedDelivery } from '../../../src/webhooks/delivery/delivery-log.js';
import { ask, query } from '../api/ask.js';
import { useInterval } from '../api/live.js';

const PAGE = 50;

/** The attempts of a webhook, the latest first. Those that are new are counted, and shown when they are asked for. */
export function useDeliveries(id: string) {
  const page = (signal: AbortSignal, before?: string) =>
    ask<{ deliveries: LoggedDelivery[] }>(`/v1/webhooks/${id}/deliveries${query({ limit: PAGE, before })}`, {
      signal,
    });
  const pages = useInfiniteQuery({
    queryKey: ['deliveries', id],
    queryFn: ({ pageParam, signal }) => page(signal, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ deliveries }) => (deliveries.length < PAGE ? undefined : deliveries.at(-1)?.id),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const interval = useInterval(2000);
  const latest = useQuery({
    queryKey: ['latest-deliveries', id],
    queryFn: ({ signal }) => page(signal),
    refetchInterval: interval,
    enabled: pages.isSuccess,
  });
  const deliveries = pages.data?.pages.flatMap((one) => one.deliveries) ?? [];
  const known = deliveries[0]?.id;
  const ids = latest.data?.deliveries.map((delivery) => delivery.id) ?? [];
  const at = known === undefined ? ids.length : ids.indexOf(known);
  return {
    pages,
    deliveries,
    /** How many are new, as text: all of a page may be, and more. */
    newer: at === -1 && ids.length > 0 ? `${PAGE}+` : String(Math.max(0, at)),
  };
}

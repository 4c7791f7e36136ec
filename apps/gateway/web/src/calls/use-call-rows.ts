import type { CallStatus } from '@outdial/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { ask, query } from '../api/ask.js';
import { useLive } from '../api/live.js';
import { useEvents } from '../api/use-events.js';
import { type CallRow, ROW_EVENTS, toRow } from './call-row.js';
import { CallRows } from './call-rows.js';
import { type Filter, fits } from './filter.js';

interface Page {
  rows: CallRow[];
  next: string | null;
}

/** The first page is there at once; those that follow are few. */
const FIRST_ROWS = 100;
const MORE_ROWS = 500;
/** Typing goes on for so long before it is searched. */
const TYPING_MS = 150;

/** The calls that fit a filter: those that there were, page by page, and those that come. */
export function useCallRows(filter: Filter) {
  const rows = useMemo(() => new CallRows((row) => fits(row, filter)), [filter]);
  const pages = useInfiniteQuery({
    queryKey: ['calls', filter],
    queryFn: async ({ pageParam, signal }): Promise<Page> => {
      if (pageParam === null) await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
      signal.throwIfAborted();
      const limit = pageParam === null ? FIRST_ROWS : MORE_ROWS;
      const path = `/v1/calls${query({ ...filter, limit, cursor: pageParam ?? undefined })}`;
      const { calls, next } = await ask<{ calls: CallStatus[]; next: string | null }>(path, { signal });
      return { rows: calls.map(toRow), next };
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    // To compare a hundred thousand rows with each page that comes would hold the browser up.
    structuralSharing: false,
    // Events keep it up to date; another visit begins anew.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  useEffect(() => rows.addPages(pages.data?.pages.map((page) => page.rows) ?? []), [rows, pages.data]);
  const { isLive } = useLive();
  useEvents(ROW_EVENTS, isLive, (events) => rows.apply(events));
  useSyncExternalStore(rows.subscribe, rows.version);
  return { rows, pages };
}

import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { plural } from '../ui/format.js';
import { Empty, Failure, Loading } from '../ui/notices.js';
import { CallLine } from './call-line.js';
import type { Filter } from './filter.js';
import { useCallRows } from './use-call-rows.js';

/** Rows beyond which the next page is asked for. */
const AHEAD = 100;

/** The list itself. New calls come on top by themselves only while nobody reads: the list is at its top, and not pointed at. */
export function CallList({ filter }: { filter: Filter }) {
  const { rows, pages } = useCallRows(filter);
  const scroller = useRef<HTMLDivElement>(null);
  const [isPointedAt, setPointedAt] = useState(false);
  const rowHeight = useRowHeight();
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes follow the width of the window
  useEffect(() => virtual.measure(), [rowHeight]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetching, isError, fetchNextPage } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError && last > rows.count - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage, last, rows.count]);

  const isAtTop = (virtual.scrollOffset ?? 0) === 0;
  useEffect(() => {
    if (isAtTop && !isPointedAt && rows.held > 0) rows.showHeld();
  });

  const showHeld = () => {
    rows.showHeld();
    virtual.scrollToOffset(0);
  };
  const isDone = !hasNextPage && !pages.isPending;
  const total = `${plural(rows.count, 'call')}${isDone ? '' : ' loaded, more as you scroll'}`;
  return (
    <>
      <div className="list-state">
        <p role="status">{pages.isPending ? 'Searching …' : total}</p>
        <button type="button" className="held" disabled={rows.held === 0} onClick={showHeld}>
          {rows.held === 0 ? 'No new calls' : `Show ${plural(rows.held, 'new call')}`}
        </button>
      </div>
      {isError && <Failure error={pages.error} onRetry={() => void fetchNextPage()} />}
      {pages.isPending && !isError && <Loading what="calls" />}
      {isDone && !isError && rows.count === 0 && (
        <Empty title="No call fits">
          <p>Calls appear here as soon as they are queued. A filter that is less strict may find some.</p>
        </Empty>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only listens, to know that somebody reads */}
      <div
        ref={scroller}
        className="call-scroller"
        hidden={rows.count === 0}
        onMouseEnter={() => setPointedAt(true)}
        onMouseLeave={() => setPointedAt(false)}
        onFocus={() => setPointedAt(true)}
        onBlur={() => setPointedAt(false)}
        onKeyDown={moveFocus}
      >
        <table className="call-list" aria-label="Calls" aria-rowcount={isDone ? rows.count + 1 : -1}>
          <thead>
            <tr aria-rowindex={1} className="call-line">
              <th scope="col">To</th>
              <th scope="col">State</th>
              <th scope="col">Who answered</th>
              <th scope="col">Time</th>
              <th scope="col">Lane</th>
              <th scope="col">Label</th>
            </tr>
          </thead>
          <tbody style={{ blockSize: `${virtual.getTotalSize()}px` }}>
            {items.map(({ index, start }) => {
              const row = rows.at(index);
              return (
                row && <CallLine key={row.id} row={row} place={index} start={start} height={rowHeight} />
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** The arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = (event.target as HTMLElement).closest<HTMLElement>('[data-place]');
  if (step === undefined || row === null) return;
  event.preventDefault();
  const next = event.currentTarget.querySelector<HTMLElement>(
    `[data-place="${Number(row.dataset.place) + step}"] a`,
  );
  next?.focus();
}

const NARROW = matchMedia('(width < 50rem)');

/** In pixels: a row has two lines where the window is narrow. */
function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const update = () => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', update);
    return () => NARROW.removeEventListener('change', update);
  }, []);
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return (isNarrow ? 4 : 2.5) * rem;
}

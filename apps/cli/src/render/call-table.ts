import type { CallList, TrackedCall } from './call-list.js';
import { colours } from './colours.js';
import { colourState, colourVerdict, formatDestination, formatSeconds, formatVerdict } from './format.js';
import { type Column, table, truncateDestination } from './table.js';

/**
 * The calls as a table of at most `height` lines. When not all calls fit, those in progress come first, and
 * the number of the others is in the last line.
 */
export function callTableLines(
  { calls }: CallList,
  { width, height }: { width: number; height: number },
): string[] {
  const columns = callColumns(Date.now());
  // One line has the titles.
  if (calls.length < height) return table(columns, calls, { width });
  const shown = calls
    .toSorted((a, b) => Number(a.hasEnded) - Number(b.hasEnded))
    .slice(0, Math.max(1, height - 2));
  return [...table(columns, shown, { width }), colours.dim(`and ${calls.length - shown.length} more`)];
}

/** @param now the current time, for the durations of calls in progress */
function callColumns(now: number): readonly Column<TrackedCall>[] {
  return [
    {
      title: 'destination',
      cell: ({ callTo }) => formatDestination(callTo),
      ...{ truncate: truncateDestination, maxWidth: 32, minWidth: 12 },
    },
    {
      title: 'state',
      cell: ({ state }) => state,
      colour: (text, { state }) => colourState(text, state),
      minWidth: 8,
    },
    {
      title: 'verdict',
      cell: ({ verdict }) => (verdict === null ? '' : formatVerdict(verdict)),
      colour: (text, { verdict }) => colourVerdict(text, verdict),
      minWidth: 19,
    },
    { title: 'time', cell: (call) => sinceInvite(call, now), align: 'right', minWidth: 7 },
    { title: 'how it ended', cell: ({ ending }) => ending, maxWidth: 44, minWidth: 12 },
    { title: 'job', cell: ({ jobId }) => jobId, maxWidth: 36, isOptional: true },
  ];
}

function sinceInvite({ callingAt, changedAt, hasEnded }: TrackedCall, now: number): string {
  if (callingAt === null) return '';
  return formatSeconds(Math.max(0, (hasEnded ? changedAt : now) - callingAt));
}

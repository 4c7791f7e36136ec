import { Link } from 'wouter';
import { Badge } from '../ui/badge.js';
import { formatTime, words } from '../ui/format.js';
import type { CallRow } from './call-row.js';
import { outcomeOf } from './outcome.js';

/** A row of the list. */
export function CallLine({
  row,
  place,
  start,
  height,
}: {
  row: CallRow;
  place: number;
  start: number;
  height: number;
}) {
  const { id, callTo, at, lane, label, kind } = row;
  const { text, tone } = outcomeOf(row);
  return (
    <tr
      aria-rowindex={place + 2}
      data-place={place}
      className="call-line"
      style={{ transform: `translateY(${start}px)`, blockSize: `${height}px` }}
    >
      <td>
        <Link href={`/calls/${encodeURIComponent(id)}`} title={id}>
          {callTo}
        </Link>
      </td>
      <td>
        <Badge tone={tone}>{text}</Badge>
      </td>
      <td>{kind === null ? '' : words(kind)}</td>
      <td className="muted">{at === null ? '' : formatTime(at)}</td>
      <td>{lane}</td>
      <td>{label}</td>
    </tr>
  );
}

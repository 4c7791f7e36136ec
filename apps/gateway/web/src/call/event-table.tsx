import { formatDuration, formatExact } from '../ui/format.js';
import { tellEvent } from './tell-event.js';
import type { WholeCall } from './whole-call.js';

/** Every event that is kept, in order. */
export function EventTable({ events, from }: { events: WholeCall['events']; from: number }) {
  if (events.length === 0)
    return <p className="muted">No event of this call is kept. The records above stay longer than events.</p>;
  return (
    <table className="plain events">
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col" className="number">
            After
          </th>
          <th scope="col">Event</th>
        </tr>
      </thead>
      <tbody>
        {events.map(({ id, event }) => {
          const { title, detail } = tellEvent(event);
          return (
            <tr key={id}>
              <td>{formatExact(event.at)}</td>
              <td className="number">{formatDuration(Math.max(0, event.at - from))}</td>
              <td>
                <strong>{title}</strong> {detail}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

import type { WorkerStatus } from '@outdial/contract';
import { Badge } from '../ui/badge.js';
import { formatCount } from '../ui/format.js';

/** A server, as a worker sees it. */
export type SeenServer = WorkerStatus['servers'][number] & { workerId: string };

/** Servers by address; each worker tells how it sees them. */
export function ServerTable({ servers }: { servers: readonly SeenServer[] }) {
  const byAddress = Map.groupBy(servers, ({ kind, address }) => `${kind} ${address}`);
  return (
    <section className="panel">
      <h2>Servers</h2>
      {byAddress.size === 0 && <p className="muted">No worker has told of a server yet.</p>}
      {byAddress.size > 0 && (
        <table className="plain cards">
          <thead>
            <tr>
              <th scope="col">Server</th>
              <th scope="col">Health</th>
              <th scope="col" className="number">
                Calls on it
              </th>
              <th scope="col">Problem</th>
            </tr>
          </thead>
          <tbody>
            {[...byAddress].map(([name, seen]) => {
              const down = seen.filter(({ isUp }) => !isUp);
              const isUp = down.length === 0;
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td data-name="Health">
                    <Badge tone={isUp ? 'good' : 'bad'}>
                      {isUp ? 'up' : `down for ${down.length} of ${seen.length}`}
                    </Badge>
                  </td>
                  <td className="number" data-name="Calls on it">
                    {formatCount(seen.reduce((sum, { busyCalls }) => sum + busyCalls, 0))}
                  </td>
                  <td data-name="Problem">
                    {down.map(({ workerId, problem }) => `${workerId}: ${problem ?? 'unknown'}`).join('; ') ||
                      'none'}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </section>
  );
}

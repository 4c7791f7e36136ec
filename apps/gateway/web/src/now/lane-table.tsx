import type { Now } from '../../../src/now/now-routes.js';
import { Badge } from '../ui/badge.js';
import { formatCount, formatDuration, formatRate } from '../ui/format.js';

type Lane = Now['lanes'][number];

/** Lanes with what is left of them, and when that will be done. */
export function LaneTable({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <section className="panel">
      <h2>Lanes</h2>
      {lanes.length === 0 ? (
        <p className="muted">No call was ever queued. A lane is there once a job names it.</p>
      ) : (
        <table className="plain cards">
          <thead>
            <tr>
              <th scope="col">Lane</th>
              <th scope="col" className="number">
                Waiting
              </th>
              <th scope="col" className="number">
                Active
              </th>
              <th scope="col" className="number">
                Results a second
              </th>
              <th scope="col" className="number">
                Done in
              </th>
            </tr>
          </thead>
          <tbody>
            {lanes.map((lane) => (
              <tr key={lane.lane}>
                <th scope="row">
                  {lane.lane} {lane.isPaused && <Badge tone="warn">paused</Badge>}
                </th>
                <td className="number" data-name="Waiting">
                  {formatCount(lane.waiting + lane.delayed)}
                </td>
                <td className="number" data-name="Active">
                  {formatCount(lane.active)}
                </td>
                <td className="number" data-name="Results a second">
                  {formatRate(lane.resultsPerSecond)}
                </td>
                <td className="number" data-name="Done in">
                  {eta(lane)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function eta({ etaSeconds, isPaused }: Lane): string {
  if (etaSeconds === 0) return 'done';
  if (etaSeconds !== null) return formatDuration(etaSeconds * 1000);
  return isPaused ? 'paused' : 'unknown';
}

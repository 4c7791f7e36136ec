import { useQuery } from '@tanstack/react-query';
import type { WorkerState } from '../../../src/operation/operation-routes.js';
import { ask } from '../api/ask.js';
import { useInterval } from '../api/live.js';
import { Badge } from '../ui/badge.js';
import { formatCount, formatDuration } from '../ui/format.js';
import { Empty, Failure, Loading } from '../ui/notices.js';
import { Screen } from '../ui/screen.js';
import { type SeenServer, ServerTable } from './server-table.js';

/** Workers, and the servers that they use. */
export default function WorkersScreen() {
  const interval = useInterval(2000);
  const workers = useQuery({
    queryKey: ['workers'],
    queryFn: ({ signal }) => ask<{ workers: WorkerState[] }>('/v1/workers', { signal }),
    refetchInterval: interval,
  });
  const all = workers.data?.workers ?? [];
  return (
    <Screen title="Workers and servers">
      {workers.isError && <Failure error={workers.error} onRetry={() => void workers.refetch()} />}
      {workers.isPending && <Loading what="workers" />}
      {workers.isSuccess && all.length === 0 && (
        <Empty title="No worker runs">
          <p>
            Jobs wait in their lanes until one does: <code>outdial worker</code>.
          </p>
        </Empty>
      )}
      {all.length > 0 && (
        <div className="stack">
          <WorkerTable workers={all} now={workers.dataUpdatedAt} />
          <ServerTable servers={all.flatMap(serversOf)} />
        </div>
      )}
    </Screen>
  );
}

function serversOf({ workerId, isAlive, status }: WorkerState): SeenServer[] {
  return isAlive && status !== null ? status.servers.map((server) => ({ ...server, workerId })) : [];
}

function WorkerTable({ workers, now }: { workers: readonly WorkerState[]; now: number }) {
  return (
    <section className="panel">
      <h2>Workers</h2>
      <table className="plain cards">
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col">Health</th>
            <th scope="col" className="number">
              Calls
            </th>
            <th scope="col" className="number">
              Cores
            </th>
            <th scope="col" className="number">
              Memory
            </th>
            <th scope="col" className="number">
              Taken over
            </th>
            <th scope="col" className="number">
              Runs for
            </th>
            <th scope="col">Version</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <WorkerLine key={worker.workerId} worker={worker} now={now} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function WorkerLine({ worker, now }: { worker: WorkerState; now: number }) {
  const { workerId, calls, status } = worker;
  const { text, tone } = healthOf(worker);
  const allowed = status?.callsAllowed ?? null;
  return (
    <tr>
      <th scope="row">{workerId}</th>
      <td data-name="Health">
        <Badge tone={tone}>{text}</Badge>
      </td>
      <td className="number" data-name="Calls">
        {allowed === null ? formatCount(calls) : `${formatCount(calls)} of ${formatCount(allowed)}`}
      </td>
      <td className="number" data-name="Cores">
        {status?.cores.toFixed(2) ?? '–'}
      </td>
      <td className="number" data-name="Memory">
        {status === null ? '–' : `${Math.round(status.memoryBytes / 1e6)} MB`}
      </td>
      <td className="number" data-name="Taken over">
        {status === null ? '–' : formatCount(status.callsTakenOver)}
      </td>
      <td className="number" data-name="Runs for">
        {status === null ? '–' : formatDuration(Math.max(0, now - status.startedAt))}
      </td>
      <td data-name="Version">{status?.version ?? 'unknown'}</td>
    </tr>
  );
}

function healthOf({ isAlive, leaseUntil, status }: WorkerState) {
  if (!isAlive)
    return leaseUntil === 0
      ? ({ text: 'retired, its calls are taken over', tone: 'warn' } as const)
      : ({ text: 'lost', tone: 'bad' } as const);
  if (status === null) return { text: 'alive', tone: 'plain' } as const;
  if (status.isDraining) return { text: 'ending', tone: 'warn' } as const;
  if (status.servers.some(({ isUp }) => !isUp)) return { text: 'a server is down', tone: 'warn' } as const;
  return status.isSlowed
    ? ({ text: 'slowed', tone: 'warn' } as const)
    : ({ text: 'well', tone: 'good' } as const);
}

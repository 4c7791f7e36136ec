import type { CallQueue, LaneCounts, LaneSettings } from '@outdial/client';
import type { ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import type { Session } from '../queue/session.js';
import { withQueue } from '../queue/with-queue.js';
import { describeCancels } from '../render/format.js';
import { type Column, table } from '../render/table.js';

interface Lane extends LaneSettings, LaneCounts {
  lane: string;
  workers: number;
}

const COLUMNS: ReadonlyArray<Column<Lane>> = [
  { title: 'lane', cell: ({ lane }) => lane },
  { title: 'workers', cell: ({ workers }) => String(workers), align: 'right' },
  { title: 'waiting', cell: ({ waiting }) => String(waiting), align: 'right' },
  { title: 'active', cell: ({ active }) => String(active), align: 'right' },
  { title: 'delayed', cell: ({ delayed }) => String(delayed), align: 'right' },
  { title: 'calls/s', cell: ({ callsPerSecond }) => formatLimit(callsPerSecond), align: 'right' },
  { title: 'at once', cell: ({ concurrency }) => formatLimit(concurrency), align: 'right' },
  { title: '', cell: ({ isPaused }) => (isPaused ? 'paused' : '') },
];

export function listLanes({ json }: JsonOption): Promise<ExitStatus> {
  return withQueue(async (queue, session) => {
    const output = openOutput({ json });
    const lanes = await Promise.all((await queue.lanes()).map((lane) => readLane(lane, queue, session)));
    if (output.isJson) for (const lane of lanes) await output.record(lane, () => lane.lane);
    else for (const line of table(COLUMNS, lanes)) output.print(line);
  });
}

export interface LimitOptions extends JsonOption {
  rate?: number | 'none';
  concurrency?: number | 'none';
}

export function limitLane(lane: string, { json, rate, concurrency }: LimitOptions): Promise<ExitStatus> {
  return withQueue(async (queue, session) => {
    await noteNewLane(lane, queue, session, json);
    await queue.setLaneLimits(lane, {
      ...(rate !== undefined && { callsPerSecond: rate === 'none' ? null : rate }),
      ...(concurrency !== undefined && { concurrency: concurrency === 'none' ? null : concurrency }),
    });
    await show(lane, queue, session, json);
  });
}

export function changeLane(
  change: 'pause' | 'resume' | 'cancel',
  lane: string,
  { json }: JsonOption,
): Promise<ExitStatus> {
  return withQueue(async (queue, session) => {
    await noteNewLane(lane, queue, session, json);
    if (change === 'cancel') {
      const counts = await queue.cancelLane(lane);
      await openOutput({ json }).record(
        { lane, ...counts },
        () => `lane ${lane}: ${describeCancels(counts)}`,
      );
      return;
    }
    await (change === 'pause' ? queue.pauseLane(lane) : queue.resumeLane(lane));
    await show(lane, queue, session, json);
  });
}

/** A lane may be changed before its first job; but its name may also be mistyped. */
async function noteNewLane(
  lane: string,
  queue: CallQueue,
  { inspection }: Session,
  json: true | undefined,
): Promise<void> {
  const lanes = await queue.lanes();
  if (lanes.includes(lane) || (await inspection.workersOf(lane)) > 0) return;
  openOutput({ json }).note(
    `no job and no worker has named lane "${lane}" before; there are ${lanes.join(', ')}`,
  );
}

async function show(lane: string, queue: CallQueue, session: Session, json: true | undefined): Promise<void> {
  const row = await readLane(lane, queue, session);
  const pause = row.isPaused ? 'paused, ' : '';
  const rate = row.callsPerSecond === null ? 'no rate limit' : `${row.callsPerSecond} calls a second`;
  const calls = row.concurrency === null ? 'any number of calls at once' : `${row.concurrency} calls at once`;
  await openOutput({ json }).record(row, () => `lane ${lane}: ${pause}${rate}, ${calls}`);
}

async function readLane(lane: string, queue: CallQueue, { inspection }: Session): Promise<Lane> {
  const [settings, counts, workers] = await Promise.all([
    queue.laneSettings(lane),
    queue.counts(lane),
    inspection.workersOf(lane),
  ]);
  return { lane, workers, ...counts, ...settings };
}

function formatLimit(limit: number | null): string {
  return limit === null ? '-' : String(limit);
}

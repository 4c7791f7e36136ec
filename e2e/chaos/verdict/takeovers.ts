import type { Leg } from '../evidence/callee-log.js';
import type { Delivery } from '../evidence/results-log.js';
import type { Evidence, Span } from './evidence.js';

/**
 * What a worker that is killed in the middle of a takeover costs: its lease, and the next look for lost
 * workers.
 */
const TAKEN_OVER_AGAIN_MS = 8000;

/** A leg that another worker released for a killed one. */
export interface TakenOverLeg {
  jobId: string;
  /** From the SIGKILL until the callee saw the leg's end. */
  tookMs: number;
  /** Of that, the time in which no other fault lasted. */
  undisturbedMs: number;
}

export function takenOverLegs(
  { kills, disturbances }: Evidence,
  legsOf: ReadonlyMap<string, readonly Leg[]>,
  deliveriesOf: ReadonlyMap<string, readonly Delivery[]>,
): TakenOverLeg[] {
  return [...deliveriesOf].flatMap(([jobId, [first]]) => {
    const error = first?.result.error;
    if (error?.code !== 'WORKER_LOST') return [];
    const kill = kills.find(({ workerId }) => error.message.includes(workerId));
    const [leg] = legsOf.get(jobId) ?? [];
    if (kill === undefined || leg === undefined || leg.overAtMs === null || !leg.wasReleased) return [];
    const takeover = { fromMs: kill.atMs, toMs: leg.overAtMs };
    if (takeover.toMs < takeover.fromMs) return [];
    const excuses = [
      // A killed worker's calls are taken over whether or not it has been replaced.
      ...disturbances.filter(({ kind }) => kind !== 'killWorker'),
      ...kills
        .filter((other) => other !== kill)
        .map(({ atMs }) => ({ fromMs: atMs, toMs: atMs + TAKEN_OVER_AGAIN_MS })),
    ];
    const tookMs = lengthMs(takeover);
    return [{ jobId, tookMs, undisturbedMs: tookMs - coveredMs(takeover, excuses) }];
  });
}

/** How much of a span lies within others, which may overlap. */
export function coveredMs(span: Span, others: readonly Span[]): number {
  let covered = 0;
  let { fromMs } = span;
  for (const other of [...others].sort((a, b) => a.fromMs - b.fromMs)) {
    const part = { fromMs: Math.max(fromMs, other.fromMs), toMs: Math.min(span.toMs, other.toMs) };
    covered += lengthMs(part);
    fromMs = Math.max(fromMs, part.toMs);
  }
  return covered;
}

function lengthMs({ fromMs, toMs }: Span): number {
  return Math.max(0, toMs - fromMs);
}

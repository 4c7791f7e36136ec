import type { Leg } from './callee-log.js';
import type { Violation } from './verdict.js';
import type { WorkerExit } from './worker-slot.js';

/** Whether workers ended as they should: told to, with status 0, or with 1 where they had to leave something to others. */
export function judgeStops(
  exits: readonly WorkerExit[],
  legsOf: ReadonlyMap<string, readonly Leg[]>,
): { violations: Violation[]; looking: number } {
  const looking = exits.filter((exit) => hasLeftWhatNobodyCouldEnd(exit, legsOf));
  const bad = exits.filter((exit) => !(exit.wasTold && exit.status === 0) && !looking.includes(exit));
  const violations = bad.map(({ workerId, wasTold, status, left }) => {
    const how = `with ${status === null ? 'a signal' : `status ${status}`}`;
    const leaving = left.length === 0 ? '' : `, leaving ${left.join(', ')}`;
    const detail = `worker ${workerId} ended ${wasTold ? '' : 'by itself '}${how}${leaving}`;
    return { kind: 'stopped badly' as const, jobId: 'none', detail };
  });
  return { violations, looking: looking.length };
}

/**
 * An INVITE whose transaction the worker never learnt may be out, or may have been lost on its way to drachtio: the worker
 * looks for it, tells that it leaves that to another, and is right if its callee heard nothing, or had to ring out.
 */
function hasLeftWhatNobodyCouldEnd(
  { wasTold, status, left }: WorkerExit,
  legsOf: ReadonlyMap<string, readonly Leg[]>,
): boolean {
  const legs = left.flatMap((jobId) => legsOf.get(jobId) ?? []);
  return wasTold && status === 1 && left.length > 0 && legs.every(({ hasExpired }) => hasExpired);
}

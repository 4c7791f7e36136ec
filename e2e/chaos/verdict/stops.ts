import type { Leg } from '../evidence/callee-log.js';
import type { Delivery } from '../evidence/results-log.js';
import type { WorkerExit } from '../network/worker-slot.js';
import type { Violation } from './evidence.js';

type ByJob<Item> = ReadonlyMap<string, readonly Item[]>;

/**
 * Whether workers ended as they should: told to, with status 0, or with 1 where they had to leave something
 * to others.
 */
export function judgeStops(
  exits: readonly WorkerExit[],
  legsOf: ByJob<Leg>,
  deliveriesOf: ByJob<Delivery>,
): { violations: Violation[]; looking: number } {
  const couldNobodyEnd = (jobId: string) =>
    (legsOf.get(jobId) ?? []).every((leg) => hasEndedAlone(leg, deliveriesOf.get(jobId)?.[0]));
  const looking = exits.filter(
    ({ wasTold, status, left }) => wasTold && status === 1 && left.length > 0 && left.every(couldNobodyEnd),
  );
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
 * An INVITE whose transaction the worker never learnt may be out, or may have been lost on its way to
 * drachtio: the worker looks for it, tells that it leaves that to another, and is right if its callee heard
 * nothing, had to ring out, or was called only after the result (what was sent on a connection that was lost
 * arrived late) and ended that by itself.
 */
function hasEndedAlone(leg: Leg, delivery: Delivery | undefined): boolean {
  const cameLate = delivery !== undefined && leg.invitedAtMs > delivery.publishedAtMs;
  return leg.hasExpired || (cameLate && !leg.isUp && !leg.wasReleased);
}

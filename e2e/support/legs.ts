import type { CallJobInput } from '@outdial/contract';
import { type Leg, toLegs } from '../chaos/evidence/callee-log.js';
import type { Stack } from './stack.js';

/** Jobs as their callees see them: each is known by its header `X-Job`. */
export function jobTo(
  callee: string,
  id: string,
  more: Partial<CallJobInput> = {},
): CallJobInput & { id: string } {
  return { id, callTo: `sip:${callee}@lab`, headers: { 'X-Job': id }, ...more };
}

/** For a call that is up until somebody ends it. */
export const UNTIL_ENDED = { onAnswered: { otherwise: [{ step: 'hold' as const, milliseconds: null }] } };

/** The legs of a job, as the callees of the stack have seen them. */
export function legsOf(stack: Stack, jobId: string): Leg[] {
  return toLegs(stack.callees.log.entries).filter((leg) => leg.jobId === jobId);
}

/** The one leg of a job, once it is over. */
export async function legOver(stack: Stack, jobId: string, withinMs: number): Promise<Leg> {
  await stack.callees.log.waitFor(() => legsOf(stack, jobId)[0]?.overAtMs != null, withinMs);
  return legsOf(stack, jobId)[0] as Leg;
}

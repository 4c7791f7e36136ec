import { BLANK_TRACE, type CallTrace, outcomeOf } from '@outdial/call-machine';
import type { CallFacts } from '@outdial/ledger';

const BLANK = outcomeOf(BLANK_TRACE);

/**
 * What is known of a call so far, for the ledger: the fields that differ from a blank outcome. A takeover has the rest from
 * the job and the call's whereabouts, so it is not written at each step.
 */
export function callFacts(trace: CallTrace, enqueuedAt: number): CallFacts {
  const known = Object.entries(outcomeOf(trace)).filter(
    ([field, value]) => value !== BLANK[field as keyof typeof BLANK],
  );
  return { ...Object.fromEntries(known), timings: { enqueuedAt, ...trace.timings } };
}

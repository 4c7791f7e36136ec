import { BLANK_TRACE, type CallTrace, outcomeOf } from '@outdial/call-machine';
import type { CallFacts } from '@outdial/ledger';

const BLANK = outcomeOf(BLANK_TRACE);

/**
 * What is known of a call so far, for the ledger: what differs from a blank result. The rest a takeover tells from the
 * job and the call's whereabouts, so that it is not written again at each step.
 */
export function knownFacts(trace: CallTrace, enqueuedAt: number): CallFacts {
  const known = Object.entries(outcomeOf(trace)).filter(
    ([field, value]) => value !== BLANK[field as keyof typeof BLANK],
  );
  return { ...Object.fromEntries(known), timings: { enqueuedAt, ...trace.timings } };
}

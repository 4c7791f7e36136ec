import { BLANK_TRACE, type CallTrace, outcomeOf } from '@outdial/call-machine';
import type { CallFacts } from '@outdial/ledger';

const BLANK = outcomeOf(BLANK_TRACE);
const FIELDS = (Object.keys(BLANK) as Array<keyof typeof BLANK>).filter((field) => field !== 'timings');

/**
 * What is known of a call so far, for the ledger: the fields that differ from a blank outcome. A takeover has the rest from
 * the job and the call's whereabouts, so it is not written at each step.
 */
export function callFacts(trace: CallTrace, enqueuedAt: number): CallFacts {
  const outcome = outcomeOf(trace);
  const facts: CallFacts = { timings: { enqueuedAt, ...trace.timings } };
  for (const field of FIELDS)
    if (outcome[field] !== BLANK[field]) Object.assign(facts, { [field]: outcome[field] });
  return facts;
}

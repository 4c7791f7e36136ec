import type { CallResult } from '@outdial/contract';

/** What calls that have a result can be found by. */
export const FACT_NAMES = ['lane', 'label', 'state', 'cause', 'farEndType', 'error'] as const;
export type FactName = (typeof FACT_NAMES)[number];

/** A fact as the index has it, between two tabs. */
export function toFact(name: FactName, value: string): string {
  return `\t${name}=${clean(value)}\t`;
}

/** All that the index has of a result: facts between tabs. Those that are searched for within come last. */
export function indexFacts(result: CallResult): string {
  const { lane, label, state, cause, farEndType, error, jobId, callTo, callFrom } = result;
  const facts = {
    lane,
    label: label ?? '',
    state,
    cause,
    farEndType,
    error: error?.code ?? '',
    callTo,
    callFrom: callFrom ?? '',
    jobId,
  };
  const parts = Object.entries(facts).filter(([, value]) => value !== '');
  return `\t${parts.map(([name, value]) => `${name}=${clean(value)}`).join('\t')}\t`;
}

/** A tab stands between facts. */
function clean(value: string): string {
  return value.replaceAll('\t', ' ');
}

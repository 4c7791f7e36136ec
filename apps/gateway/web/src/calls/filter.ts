import type { CallRow } from './call-row.js';

/** Which calls are listed: what the address says, in the words of the API. */
export interface Filter {
  text: string;
  phase: string;
  lane: string;
  label: string;
  cause: string;
  farEndType: string;
}

export const FILTER_NAMES = ['text', 'phase', 'lane', 'label', 'cause', 'farEndType'] as const;

export function filterOf(params: URLSearchParams): Filter {
  return Object.fromEntries(FILTER_NAMES.map((name) => [name, params.get(name) ?? ''])) as unknown as Filter;
}

/** Whether a call that an event tells of belongs into the list, as the gateway would decide. */
export function fits(row: CallRow, { text, phase, lane, label, cause, farEndType }: Filter): boolean {
  const isActive = row.phase !== 'waiting' && row.phase !== 'ended';
  if (phase !== '' && (isActive ? 'active' : row.phase) !== phase) return false;
  if (lane !== '' && row.lane !== lane) return false;
  if (label !== '' && row.label !== label) return false;
  if (cause !== '' && row.cause !== cause) return false;
  if (farEndType !== '' && row.farEndType !== farEndType) return false;
  const needle = text.toLowerCase();
  return [row.id, row.callTo, row.lane, row.label ?? ''].some((field) =>
    field.toLowerCase().includes(needle),
  );
}

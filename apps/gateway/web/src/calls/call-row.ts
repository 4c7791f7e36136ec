import type { CallStatus } from '@outdial/client';
import type { CallEvent, CallResult } from '@outdial/contract';

/** What the list shows of a call: a hundred thousand of them fit into a browser. */
export interface CallRow {
  id: string;
  phase: CallStatus['phase'];
  /** Epoch milliseconds: when it ended, else when it began; null: it waits. */
  at: number | null;
  callTo: string;
  lane: string;
  label: string | null;
  state: CallResult['state'] | null;
  cause: CallResult['cause'] | null;
  sipStatus: number | null;
  /** Null without live speaker detection. */
  farEndType: CallResult['farEndType'] | null;
  kind: string | null;
  error: string | null;
}

/** Events that change a row. */
export const ROW_EVENTS = [
  'calling',
  'ringing',
  'answered',
  'verdict',
  'revised',
  'result',
  'ended',
] as const;

export function toRow({ id, phase, callTo, lane, label, claimedAt, result, ended }: CallStatus): CallRow {
  const row = { id, phase, at: claimedAt, callTo, lane, label, ...NOTHING };
  const withResult = result === null ? row : { ...row, ...ofResult(result) };
  return { ...withResult, phase, ...(ended !== null && { at: ended.timings.endedAt ?? withResult.at }) };
}

/** The row after an event; null: the event does not tell enough of a call that is not known. */
export function rowAfter(row: CallRow | undefined, event: CallEvent): CallRow | null {
  const { jobId, at, lane = '', label = null } = event;
  if (event.type === 'calling')
    return { ...NOTHING, id: jobId, phase: 'calling', at, callTo: event.callTo, lane, label };
  if (event.type === 'result') {
    const { result } = event;
    const phase = result.state === 'ANSWERED' ? 'answered' : 'ended';
    return { ...NOTHING, id: jobId, phase, at, callTo: result.callTo, lane, label, ...ofResult(result) };
  }
  if (row === undefined) return null;
  if (event.type === 'ringing' || event.type === 'answered') return { ...row, phase: event.type };
  if (event.type === 'ended') return { ...row, phase: 'ended', at };
  if (event.type === 'verdict' || event.type === 'revised')
    return { ...row, farEndType: event.verdict.farEndType, kind: event.verdict.kind };
  return row;
}

const NOTHING = { state: null, cause: null, sipStatus: null, farEndType: null, kind: null, error: null };

function ofResult({ state, cause, rawCause, verdict, error, timings }: CallResult) {
  return {
    state,
    cause,
    sipStatus: rawCause.sipStatus,
    farEndType: verdict?.farEndType ?? null,
    kind: verdict?.kind ?? null,
    error: error?.code ?? null,
    ...(timings.endedAt !== undefined && { at: timings.endedAt }),
  };
}

import type { ErrorCode } from '../errors/error-codes.js';
import type { CallError } from './outcome-fields.js';

/** Where a call is. `IDLE`: before it is placed, and after it was cleared. `ERROR` is final. */
export const CALL_STATES = ['IDLE', 'CALLING', 'RINGING', 'ANSWERED', 'ERROR'] as const;
export type CallState = (typeof CALL_STATES)[number];

/** The states of a call that is over. */
export type EndedState = Extract<CallState, 'IDLE' | 'ERROR'>;

/** Codes of endings that are no fault of ours. */
const ORDINARY_ENDINGS: ReadonlySet<string> = new Set<ErrorCode>([
  'CANCELLED',
  'CALLEE_SILENT',
  'HUNG_UP_EARLY',
]);

/** The state of a call that is over: `ERROR` when a fault of ours ended it, else `IDLE`. */
export function endedState(error: CallError | null): EndedState {
  return error === null || ORDINARY_ENDINGS.has(error.code) ? 'IDLE' : 'ERROR';
}

/** Whether a call in this state is over. */
export function isEndedState(state: CallState): state is EndedState {
  return state === 'IDLE' || state === 'ERROR';
}

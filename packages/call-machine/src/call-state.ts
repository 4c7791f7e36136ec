import { CALL_STATES, type CallState, endedState } from '@outdial/contract';
import type { SnapshotFrom } from 'xstate';
import type { callMachine } from './machine.js';

export type CallSnapshot = SnapshotFrom<typeof callMachine>;

/**
 * The state that the campaign sees. A call that our side has let go of is IDLE (or ERROR) from then on, also
 * while its leg is still being released: the state that its result or ended record tells.
 */
export function callStateOf(snapshot: CallSnapshot): CallState {
  const state = CALL_STATES.find((candidate) => snapshot.hasTag(candidate));
  if (state !== undefined) return state;
  return endedState(snapshot.context.trace.ending?.error ?? null);
}

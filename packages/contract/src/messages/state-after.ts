import { type CallState, endedState } from '../result/call-state.js';
import type { CallEvent } from './call-event.js';

/** The state of a call after an event of its stream; null: the event does not change it. */
export function stateAfter(event: CallEvent): CallState | null {
  switch (event.type) {
    case 'calling':
      return 'CALLING';
    case 'ringing':
      return 'RINGING';
    case 'answered':
      return 'ANSWERED';
    case 'result':
      return event.result.state;
    case 'ended':
      return endedState(event.ended.error);
    default:
      return null;
  }
}

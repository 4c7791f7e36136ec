import type { CallJob, CallResult, CallState } from '@outdial/contract';
import type { LiveCommands } from './live-commands.js';

/** What is on the way while a channel is not IDLE. */
export interface OngoingCall {
  job: CallJob;
  whenQueued: Promise<void>;
  whenReturned: Promise<CallState>;
  returned: (state: CallState) => void;
  result: CallResult | null;
  live: LiveCommands;
  /** Whether its channel has hung it up. */
  isHungUp: boolean;
  stop: () => void;
}

export function newCall(job: CallJob, live: LiveCommands): OngoingCall {
  let returned: (state: CallState) => void = () => undefined;
  const whenReturned = new Promise<CallState>((resolve) => {
    returned = resolve;
  });
  return {
    job,
    whenQueued: Promise.resolve(),
    whenReturned,
    returned,
    result: null,
    live,
    isHungUp: false,
    stop: () => undefined,
  };
}

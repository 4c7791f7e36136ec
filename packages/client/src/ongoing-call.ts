import type { CallJob, CallResult, CallState } from '@outdial/contract';
import type { AnswerMachineWait } from './answer-machine-wait.js';

/** What is on the way while a channel is not IDLE. */
export interface OngoingCall {
  job: CallJob;
  whenQueued: Promise<void>;
  whenReturned: Promise<CallState>;
  returned: (state: CallState) => void;
  result: CallResult | null;
  /** By their ids. */
  waits: Map<string, AnswerMachineWait>;
  stop: () => void;
}

export function newCall(job: CallJob): OngoingCall {
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
    waits: new Map(),
    stop: () => undefined,
  };
}

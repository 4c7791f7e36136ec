import type { CallResult, ErrorCode } from '@outdial/contract';

/** What calls are listed by their phase: jobs that wait, calls that workers hold, and calls that are over. */
export const LISTED_PHASES = ['waiting', 'active', 'ended'] as const;
export type ListedPhase = (typeof LISTED_PHASES)[number];

/** Which calls to list; all that is given must hold. */
export interface CallFilter {
  /** Default: all, first those that are active, then those that have ended, then those that wait. */
  phase?: ListedPhase | undefined;
  lane?: string | undefined;
  label?: string | undefined;
  /** Calls of other lanes are left out. */
  lanes?: readonly string[] | undefined;
  /** Digits that the number called has, in this order and without a gap. */
  number?: string | undefined;
  /** A text, in whatever case, that is in the id, the destination, the caller id, the lane or the label. */
  text?: string | undefined;
  /** When the call ended, began or was queued, whichever came last, in epoch milliseconds: from, and before. */
  from?: number | undefined;
  before?: number | undefined;
  /** Of the result; with any of these, only calls that have one are listed. */
  state?: CallResult['state'] | undefined;
  cause?: CallResult['cause'] | undefined;
  farEndType?: CallResult['farEndType'] | undefined;
  error?: ErrorCode | undefined;
}

/** What a call that has no result yet is compared by. */
export interface UnendedCall {
  id: string;
  lane: string;
  label: string | null;
  callTo: string;
  callFrom: string | null;
  /** Epoch milliseconds. */
  at: number;
}

/** Whether a call that has no result yet fits. */
export function fits(call: UnendedCall, filter: CallFilter): boolean {
  const { lane, label, lanes, number, text, from, before } = filter;
  if (lane !== undefined && call.lane !== lane) return false;
  if (label !== undefined && call.label !== label) return false;
  if (lanes !== undefined && !lanes.includes(call.lane)) return false;
  if (number !== undefined && !call.callTo.includes(number)) return false;
  if (from !== undefined && call.at < from) return false;
  if (before !== undefined && call.at >= before) return false;
  if (text === undefined) return true;
  const texts = [call.id, call.callTo, call.callFrom, call.lane, call.label];
  return texts.some((value) => value?.toLowerCase().includes(text.toLowerCase()));
}

/** Whether a filter asks for what only a result has. */
export function asksForResult({ state, cause, farEndType, error }: CallFilter): boolean {
  return [state, cause, farEndType, error].some((value) => value !== undefined);
}

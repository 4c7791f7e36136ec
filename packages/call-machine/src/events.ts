import type { CallResult, Cause, RawCause, Verdict, WaitOutcome, WaitParameters } from '@outdial/contract';

/** What our side did wrong or lost, as results carry it. */
export type CallError = NonNullable<CallResult['error']>;

/**
 * What happens to the leg. Exactly one of `rejected`, `hungUp`, `released` and `lost` ends a leg; after it
 * nothing of the leg is left on any server.
 */
export type LegEvent =
  /** The INVITE left. Comes again, with the new transaction, when it is re-sent with credentials. */
  | { type: 'invited'; stackTxnId: string }
  /** A provisional response. `rings`: it means that the callee is being alerted. */
  | { type: 'progressed'; status: number; rings: boolean; earlyMedia: boolean }
  /** A 200 came and was acknowledged. `at`: epoch milliseconds. */
  | { type: 'answered'; stackDialogId: string; codec: string | null; at: number }
  /** Audio flows between the callee and us. */
  | { type: 'mediaConnected' }
  /** Audio does not flow, or no longer. */
  | { type: 'mediaFailed'; message: string }
  /** The INVITE failed for good. With `error`, the failure was on our side and not the callee's. */
  | { type: 'rejected'; cause: Cause; rawCause: RawCause; error?: CallError | null }
  /** The far end sent a BYE. */
  | { type: 'hungUp'; cause: Cause; q850: number | null }
  /** Our CANCEL or BYE is through. */
  | { type: 'released' }
  /** The server that carried the leg or its media is gone. */
  | { type: 'lost'; engine: 'drachtio' | 'freeswitch'; address: string };

/** What live speaker detection says. */
export type DetectorEvent =
  | { type: 'verdictReached'; verdict: Verdict }
  | { type: 'verdictRevised'; verdict: Verdict };

/** A wait for the moment to speak to an answering machine: the campaign asks for one, or the plan ran one. */
export type WaitEvent =
  /** May come again, for a wait that runs or has ended. */
  | { type: 'waitRequested'; waitId: string; parameters: WaitParameters }
  /** `waitId`: null when it was a step of the plan. */
  | { type: 'waitEnded'; waitId: string | null; outcome: WaitOutcome };

/** What the worker that owns the call says. */
export type WorkerEvent =
  /** Go: the ledger's claim is ours. */
  | { type: 'dial' }
  /** The campaign wants the call gone. */
  | { type: 'cancelRequested' }
  /** The last step of the plan is done (at once, when it has none). */
  | { type: 'planEnded' }
  /** The worker stops and can wait no longer. */
  | { type: 'drainExpired' }
  /** The ledger says that another worker owns the call now. */
  | { type: 'claimLost' };

export type CallMachineEvent = LegEvent | DetectorEvent | WaitEvent | WorkerEvent;

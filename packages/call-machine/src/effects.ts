import type { FarEndType, Verdict, WaitOutcome, WaitParameters } from '@outdial/contract';
import type { CallEnding, CallOutcome } from './outcome.js';

/** Why nothing is published: another worker owns the call, or the job was never dialled and may go back. */
export type DiscardReason = 'CLAIM_LOST' | 'NOT_DIALLED';

/**
 * What the machine asks of the worker. Each returns at once and never throws: what becomes of it comes back
 * as an event. They are called in the order in which they are to happen.
 */
export interface CallEffects {
  /** Takes an endpoint and sends the INVITE. At most once a machine. */
  sendInvite(): void;
  /** Ends a leg that is not answered. May come before `invited`: then no INVITE leaves, or it is cancelled. */
  cancelInvite(): void;
  /** Ends an answered leg. */
  hangUpLeg(): void;
  /** The leg never reported its end: frees what is still held of it here. The machine is done with it. */
  giveUpLeg(): void;
  /** Connects the answered leg's media; `mediaConnected` or `mediaFailed` follows. */
  connectMedia(): void;
  /** Starts live speaker detection; the answer is now. Comes before `connectMedia`. */
  startDetector(): void;
  /** The campaign waits for the moment to speak to an answering machine; `waitEnded` follows. */
  startWait(params: { waitId: string; parameters: WaitParameters }): void;
  /** Stops the detector and every wait, if there are any: nobody is to be heard any more. */
  stopListening(): void;
  /** Runs the job's steps for this far-end type; `planEnded` follows the last. */
  runPlan(params: { farEndType: FarEndType }): void;
  /** Stops the plan's steps; nothing is to be done when they have ended. */
  stopPlan(): void;
  /** The INVITE left: for the ledger's whereabouts and the event `calling`. */
  recordCalling(params: { stackTxnId: string }): void;
  recordRinging(params: { sipStatus: number; earlyMedia: boolean }): void;
  /** For the ledger's whereabouts and the event `answered`. `at`: epoch milliseconds. */
  recordAnswered(params: { stackDialogId: string; codec: string | null; at: number }): void;
  recordVerdict(params: { verdict: Verdict }): void;
  recordRevisedVerdict(params: { verdict: Verdict }): void;
  recordWaitEnded(params: { waitId: string | null; outcome: WaitOutcome }): void;
  /** Publishes the job's one result; or, if it `failedBeforeInvite`, gives the job back to be tried again. */
  publishResult(outcome: CallOutcome): void;
  /** Publishes the ended record: after the result, and only if that result has an `answeredAt`. */
  publishEnded(ending: CallEnding): void;
  /** From now on this worker records and publishes nothing of the call. */
  discard(params: { reason: DiscardReason }): void;
}

interface Acting {
  context: { effects: CallEffects };
}
type ParamsOf<Name extends keyof CallEffects> = Parameters<CallEffects[Name]>[0];

/**
 * The machine's actions. The effects are taken from the context, so that all calls share one machine:
 * providing actions anew for each call would build the whole machine again for each.
 */
export const ACTIONS = {
  sendInvite: ({ context }: Acting) => context.effects.sendInvite(),
  cancelInvite: ({ context }: Acting) => context.effects.cancelInvite(),
  hangUpLeg: ({ context }: Acting) => context.effects.hangUpLeg(),
  giveUpLeg: ({ context }: Acting) => context.effects.giveUpLeg(),
  connectMedia: ({ context }: Acting) => context.effects.connectMedia(),
  startDetector: ({ context }: Acting) => context.effects.startDetector(),
  startWait: ({ context }: Acting, params: ParamsOf<'startWait'>) => context.effects.startWait(params),
  stopListening: ({ context }: Acting) => context.effects.stopListening(),
  runPlan: ({ context }: Acting, params: ParamsOf<'runPlan'>) => context.effects.runPlan(params),
  stopPlan: ({ context }: Acting) => context.effects.stopPlan(),
  recordCalling: ({ context }: Acting, params: ParamsOf<'recordCalling'>) =>
    context.effects.recordCalling(params),
  recordRinging: ({ context }: Acting, params: ParamsOf<'recordRinging'>) =>
    context.effects.recordRinging(params),
  recordAnswered: ({ context }: Acting, params: ParamsOf<'recordAnswered'>) =>
    context.effects.recordAnswered(params),
  recordVerdict: ({ context }: Acting, params: ParamsOf<'recordVerdict'>) =>
    context.effects.recordVerdict(params),
  recordRevisedVerdict: ({ context }: Acting, params: ParamsOf<'recordRevisedVerdict'>) =>
    context.effects.recordRevisedVerdict(params),
  recordWaitEnded: ({ context }: Acting, params: ParamsOf<'recordWaitEnded'>) =>
    context.effects.recordWaitEnded(params),
  publishResult: ({ context }: Acting, params: ParamsOf<'publishResult'>) =>
    context.effects.publishResult(params),
  publishEnded: ({ context }: Acting, params: ParamsOf<'publishEnded'>) =>
    context.effects.publishEnded(params),
  discard: ({ context }: Acting, params: ParamsOf<'discard'>) => context.effects.discard(params),
};

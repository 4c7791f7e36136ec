import type {
  BesideStep,
  CallEnding,
  CallError,
  CallOutcome,
  NetworkTone,
  PlanStep,
  StepName,
  StepReport,
  Verdict,
  WaitOutcome,
  WaitParameters,
} from '@outdial/contract';

/** What the machine asks of the worker about the call itself: its leg, its detector and its plan. */
export interface LegEffects {
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
  /** Watches for silence of the callee; `silenceReached` may follow. */
  watchSilence(params: { seconds: number }): void;
  /** Stops watching silence and owner, the detector and every wait, if there are any: the call is over. */
  stopListening(): void;
  /** Runs steps, from the first; `planEnded` follows the last. */
  runPlan(params: { steps: readonly PlanStep[] }): void;
  /** Stops the steps that run; they report nothing from then on. */
  stopPlan(): void;
  /** Takes a step at once, beside those that run; `stepBesideEnded` follows. */
  runBeside(params: { commandId: string; step: BesideStep }): void;
  /** Ends the step that runs, which reports that, if it is one that the app may end; the others go on. */
  endStep(): void;
  /** Watches whether the app says that it has the call; `ownerLost` may follow. */
  watchOwner(): void;
}

/** What the machine has the worker record and publish. */
export interface RecordEffects {
  /** The INVITE left: for the ledger's whereabouts and the event `calling`. */
  recordCalling(params: { stackTxnId: string }): void;
  recordRinging(params: { sipStatus: number; earlyMedia: boolean }): void;
  /** For the event `networkTone`. */
  recordNetworkTone(tone: NetworkTone): void;
  /** For the ledger's whereabouts and the event `answered`. `at`: epoch milliseconds. */
  recordAnswered(params: { stackDialogId: string; codec: string | null; at: number }): void;
  recordVerdict(params: { verdict: Verdict }): void;
  recordRevisedVerdict(params: { verdict: Verdict }): void;
  recordWaitEnded(params: { waitId: string | null; outcome: WaitOutcome }): void;
  recordStepStarted(params: { index: number; step: StepName }): void;
  recordStepEnded(params: StepReport): void;
  /** `steps`: those that the command has taken. May come again for one that has ended. */
  recordCommandEnded(params: { commandId: string; steps: readonly StepReport[] }): void;
  /** No INVITE left, so nobody was dialled and nothing is published: the job may be tried again. */
  returnJob(params: { error: CallError }): void;
  /** Publishes the job's one result. */
  publishResult(outcome: CallOutcome): void;
  /** Publishes the ended record: after the result, and only if that result has an `answeredAt`. */
  publishEnded(ending: CallEnding): void;
  /** Another worker owns the call: from now on this one records and publishes nothing of it. */
  discard(): void;
}

/**
 * What the machine asks of the worker. Each returns at once and never throws: what becomes of it comes back
 * as an event. They are called in the order in which they are to happen.
 */
export interface CallEffects {
  leg: LegEffects;
  records: RecordEffects;
}

interface Acting {
  context: { effects: CallEffects };
}
type AllEffects = LegEffects & RecordEffects;
type ParamsOf<Name extends keyof AllEffects> = Parameters<AllEffects[Name]>[0];

/**
 * The machine's actions. The effects are taken from the context, so that all calls share one machine:
 * providing actions for each call would build the whole machine again each time.
 */
export const ACTIONS = {
  sendInvite: ({ context }: Acting) => context.effects.leg.sendInvite(),
  cancelInvite: ({ context }: Acting) => context.effects.leg.cancelInvite(),
  hangUpLeg: ({ context }: Acting) => context.effects.leg.hangUpLeg(),
  giveUpLeg: ({ context }: Acting) => context.effects.leg.giveUpLeg(),
  connectMedia: ({ context }: Acting) => context.effects.leg.connectMedia(),
  startDetector: ({ context }: Acting) => context.effects.leg.startDetector(),
  startWait: ({ context }: Acting, params: ParamsOf<'startWait'>) => context.effects.leg.startWait(params),
  watchSilence: ({ context }: Acting, params: ParamsOf<'watchSilence'>) =>
    context.effects.leg.watchSilence(params),
  stopListening: ({ context }: Acting) => context.effects.leg.stopListening(),
  runPlan: ({ context }: Acting, params: ParamsOf<'runPlan'>) => context.effects.leg.runPlan(params),
  stopPlan: ({ context }: Acting) => context.effects.leg.stopPlan(),
  runBeside: ({ context }: Acting, params: ParamsOf<'runBeside'>) => context.effects.leg.runBeside(params),
  endStep: ({ context }: Acting) => context.effects.leg.endStep(),
  watchOwner: ({ context }: Acting) => context.effects.leg.watchOwner(),
  recordCalling: ({ context }: Acting, params: ParamsOf<'recordCalling'>) =>
    context.effects.records.recordCalling(params),
  recordRinging: ({ context }: Acting, params: ParamsOf<'recordRinging'>) =>
    context.effects.records.recordRinging(params),
  recordNetworkTone: ({ context }: Acting, params: ParamsOf<'recordNetworkTone'>) =>
    context.effects.records.recordNetworkTone(params),
  recordAnswered: ({ context }: Acting, params: ParamsOf<'recordAnswered'>) =>
    context.effects.records.recordAnswered(params),
  recordVerdict: ({ context }: Acting, params: ParamsOf<'recordVerdict'>) =>
    context.effects.records.recordVerdict(params),
  recordRevisedVerdict: ({ context }: Acting, params: ParamsOf<'recordRevisedVerdict'>) =>
    context.effects.records.recordRevisedVerdict(params),
  recordWaitEnded: ({ context }: Acting, params: ParamsOf<'recordWaitEnded'>) =>
    context.effects.records.recordWaitEnded(params),
  recordStepStarted: ({ context }: Acting, params: ParamsOf<'recordStepStarted'>) =>
    context.effects.records.recordStepStarted(params),
  recordStepEnded: ({ context }: Acting, params: ParamsOf<'recordStepEnded'>) =>
    context.effects.records.recordStepEnded(params),
  recordCommandEnded: ({ context }: Acting, params: ParamsOf<'recordCommandEnded'>) =>
    context.effects.records.recordCommandEnded(params),
  returnJob: ({ context }: Acting, params: ParamsOf<'returnJob'>) =>
    context.effects.records.returnJob(params),
  publishResult: ({ context }: Acting, params: ParamsOf<'publishResult'>) =>
    context.effects.records.publishResult(params),
  publishEnded: ({ context }: Acting, params: ParamsOf<'publishEnded'>) =>
    context.effects.records.publishEnded(params),
  discard: ({ context }: Acting) => context.effects.records.discard(),
};

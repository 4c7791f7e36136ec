import type {
  BesideStep,
  CallError,
  LegEvent,
  NetworkTone,
  PlanStep,
  StepData,
  StepName,
  StepOutcome,
  Verdict,
  WaitOutcome,
  WaitParameters,
} from '@outdial/contract';

/** What live speaker detection says. */
export type DetectorEvent =
  | { type: 'verdictReached'; verdict: Verdict }
  | { type: 'verdictRevised'; verdict: Verdict };

/** What is heard of the callee's side before the answer. */
export type EarlyMediaEvent =
  | { type: 'networkToneHeard'; tone: NetworkTone }
  /** A mailbox: it has greeted and beeped. */
  | { type: 'mailboxHeard' };

/** A wait for the moment to speak to an answering machine: the campaign asks for one, or the plan ran one. */
export type WaitEvent =
  /** May come again, for a wait that runs or has ended. */
  | { type: 'waitRequested'; waitId: string; parameters: WaitParameters }
  /** `waitId`: null when it was a step of the plan. */
  | { type: 'waitEnded'; waitId: string | null; outcome: WaitOutcome };

/** What becomes of the plan's steps. Each that starts ends, unless the plan is stopped first. */
export type PlanEvent =
  /** `rest`: the steps that are to follow; default none. */
  | { type: 'stepStarted'; step: StepName; rest?: readonly PlanStep[] }
  | {
      type: 'stepEnded';
      outcome: StepOutcome;
      error: CallError | null;
      /** What it found out; default null: nothing. */
      data?: StepData | null;
      rest?: readonly PlanStep[];
    }
  /** The last step has ended (at once, when there are none). `hangsUp`: it ends the call; default false. */
  | { type: 'planEnded'; hangsUp?: boolean };

/** What the campaign app asks of an answered call. Each request may come again, for one that runs or has ended. */
export type CommandEvent =
  /** These steps take the place of those that run. */
  | { type: 'stepsRequested'; commandId: string; steps: readonly PlanStep[] }
  /** This step is to be taken beside those that run. */
  | { type: 'stepBesideRequested'; commandId: string; step: BesideStep }
  /** It has been taken. */
  | {
      type: 'stepBesideEnded';
      commandId: string;
      step: StepName;
      outcome: StepOutcome;
      error: CallError | null;
      data: StepData | null;
    }
  /** The step that runs is to end, if it is of one of these kinds; what follows it goes on. */
  | { type: 'stepEndRequested'; commandId: string; kinds: readonly StepName[] }
  /** The app says that it has the call. */
  | { type: 'ownerSeen' }
  /** The app has not said so for too long. */
  | { type: 'ownerLost' };

/** What the worker that owns the call says. */
export type WorkerEvent =
  /** The ledger's claim is ours. */
  | { type: 'dial' }
  /** The campaign cancelled the job. */
  | { type: 'cancelRequested' }
  /** The callee has sent no audio for the job's `silenceHangUpSeconds`. */
  | { type: 'silenceReached' }
  /** The worker stops, and the time to drain is over. */
  | { type: 'drainExpired' }
  /** The ledger says that another worker owns the call now. */
  | { type: 'claimLost' };

export type CallMachineEvent =
  | LegEvent
  | EarlyMediaEvent
  | DetectorEvent
  | WaitEvent
  | PlanEvent
  | CommandEvent
  | WorkerEvent;

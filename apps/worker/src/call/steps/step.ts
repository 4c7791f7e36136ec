import type {
  CallError,
  PlanStep,
  StepData,
  StepName,
  StepOutcome,
  WaitOutcome,
  WaitParameters,
} from '@outdial/contract';
import type { Leg } from '@outdial/telephony';
import type { Bots } from '../bots.js';
import type { CallRecordings } from '../call-recordings.js';
import type { ActiveBridge } from '../legs/active-bridge.js';
import type { FurtherLegs } from '../legs/further-legs.js';
import type { PressedKeys } from '../pressed-keys.js';
import type { Speaking } from './speaking.js';

/** What steps act on. */
export interface StepContext {
  leg: Pick<Leg, 'play' | 'stopPlaying' | 'sendDigit' | 'record' | 'bridge' | 'unbridge' | 'transfer'>;
  /** The legs beside the callee's. */
  legs: Pick<FurtherLegs, 'dial'>;
  /** The bridge with one of them, for who else may end it. */
  activeBridge: ActiveBridge;
  /** The job's caller id. */
  callFrom: string | undefined;
  /** All recordings of the call, that of both directions included. */
  recordings: Pick<CallRecordings, 'start' | 'pause' | 'resume'>;
  /**
   * Waits for the moment to speak to an answering machine. Resolves with null when the call ended, or the signal aborted,
   * first.
   */
  wait: (parameters: WaitParameters, signal: AbortSignal) => Promise<WaitOutcome | null>;
  /** The keys that the callee has pressed and no step has taken yet. */
  keys: PressedKeys;
  /** Makes texts into speech; null: the worker is not configured for that. */
  speech: Speaking | null;
  /** The voice bots of the call. */
  bots: Pick<Bots, 'take' | 'parametersFor' | 'notify'>;
  /** Calls back when the callee begins, or ceases, to speak. Returns a function that ends it. */
  onSpeech: (listener: (isSpeaking: boolean) => void) => () => void;
  /** Whether the callee speaks now, as far as it is heard. */
  isSpeaking: () => boolean;
  /** The step as the plan has it: the values that its texts name are not filled in yet. */
  asked: PlanStep;
  /** Aborts when the steps are stopped, or this one is to end. */
  signal: AbortSignal;
}

/** How a step ended, and what comes after it. */
export interface StepEnd {
  /** `interrupted`: by the callee. That it was stopped, or ended by the app, is told by its signal. */
  outcome: StepOutcome;
  error: CallError | null;
  /** Whether the plan goes on; `false`: the call is hung up. Default true. */
  goesOn?: boolean;
  /** Steps that are taken before the plan goes on with its next step. */
  branch?: readonly PlanStep[] | undefined;
  /** What it found out, for its report. */
  data?: StepData;
}

/** Runs one step. Once the signal has aborted it resolves soon; what it resolves with then is ignored. */
export type StepFunction<Name extends StepName> = (
  step: Extract<PlanStep, { step: Name }>,
  context: StepContext,
) => Promise<StepEnd>;

export const FINISHED: StepEnd = { outcome: 'finished', error: null };

import type * as machine from '@outdial/call-machine';
import {
  type BesideStep,
  type CallJob,
  type CallQuality,
  type CallValues,
  type EarlyMedia,
  OutdialError,
  type PlanStep,
} from '@outdial/contract';
import type { Leg, PreparedDial } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { Speech } from '../speech/speech.js';
import { AnswerMachineWaits } from './answer-machine-waits.js';
import { Bots } from './bots.js';
import type { CallCapture } from './call-capture.js';
import type { CallRecordings } from './call-recordings.js';
import type { CalleeMonitor } from './callee-monitor.js';
import { ActiveBridge } from './legs/active-bridge.js';
import type { FurtherLegs } from './legs/further-legs.js';
import { monitorOf } from './monitor-of.js';
import type { OwnerWatch } from './owner-watch.js';
import { PressedKeys } from './pressed-keys.js';
import { SilenceWatch } from './silence-watch.js';
import { PlanRunner } from './steps/plan-runner.js';
import { type StepServices, takeStep } from './steps/take-step.js';

export interface LegEffectsOptions {
  job: CallJob;
  prepared: PreparedDial;
  mayDial: () => boolean;
  capture: CallCapture;
  recordings: CallRecordings;
  /** The legs beside the callee's. */
  legs: FurtherLegs;
  owner: OwnerWatch;
  speech: Speech | null;
  logger: Logger;
  /** What the values that its plan names are taken from. */
  values: () => CallValues;
  /** Takes what happens on the leg. */
  report: (event: machine.CallMachineEvent) => void;
}

/** What there is of a call once its INVITE was asked for. */
interface Dialled {
  leg: Leg;
  monitor: CalleeMonitor;
  waits: AnswerMachineWaits;
  keys: PressedKeys;
  bots: Bots;
}

/** The machine's effects on the call itself: on its leg, its detector and its plan. */
export class LegEffects implements machine.LegEffects {
  readonly #options: LegEffectsOptions;
  #dialled: Dialled | null = null;
  #silence: SilenceWatch | null = null;
  #plan: PlanRunner | null = null;
  #planEnd: Promise<void> = Promise.resolve();
  readonly #bridge = new ActiveBridge();

  constructor(options: LegEffectsOptions) {
    this.#options = options;
  }

  sendInvite(): void {
    const { job, prepared, mayDial, logger, report, values } = this.#options;
    const leg = prepared.dial((event) => {
      if (event.type === 'progressed' && event.rings) bots.connectAhead();
      report(event);
    }, mayDial);
    // No event comes before the dial has returned.
    this.#options.capture.attach(leg);
    const bots = new Bots(job, leg, values);
    const monitor = monitorOf(
      leg.hearing,
      job,
      (event) => {
        // Before the bot: one that starts with this event is told the verdict then.
        report(event);
        if (event.type === 'verdictReached') bots.tellVerdict(event.verdict, false);
        if (event.type === 'verdictRevised') bots.tellVerdict(event.verdict, true);
      },
      logger,
    );
    const keys = new PressedKeys();
    leg.onDigit((digit) => keys.press(digit));
    this.#dialled = { leg, monitor, waits: new AnswerMachineWaits(monitor, report), keys, bots };
  }

  cancelInvite(): void {
    this.#dialled?.leg.cancel();
  }

  hangUpLeg(): void {
    this.#dialled?.leg.hangUp();
  }

  giveUpLeg(): void {
    this.#options.logger.warn('leg never reported its end; giving it up');
    this.#dialled?.leg.giveUp();
  }

  connectMedia(): void {
    if (this.#dialled === null) return;
    const { leg } = this.#dialled;
    const { job, recordings } = this.#options;
    // What is said right after the answer is not to be missed. What becomes of it is told by the recordings.
    if (job.recordCall !== null) void recordings.start(leg, job.recordCall, 'both');
    leg.connectMedia();
  }

  startDetector(): void {
    this.#dialled?.monitor.detect();
  }

  startWait({ waitId, parameters }: Parameters<machine.LegEffects['startWait']>[0]): void {
    this.#dialled?.waits.request(waitId, parameters);
  }

  watchSilence({ seconds }: { seconds: number }): void {
    if (this.#dialled === null) return;
    const { report } = this.#options;
    this.#silence = new SilenceWatch(this.#dialled.leg, seconds, () => report({ type: 'silenceReached' }));
  }

  stopListening(): void {
    this.#options.owner.close();
    this.#silence?.close();
    this.#dialled?.monitor.close();
  }

  /** Steps that were replaced end first: two must not play at once. */
  runPlan({ steps }: { steps: readonly PlanStep[] }): void {
    if (this.#dialled === null) return;
    const plan = new PlanRunner({ report: this.#options.report, ...this.#services(this.#dialled) });
    this.#plan = plan;
    this.#planEnd = this.#planEnd.then(() => plan.run(steps));
  }

  stopPlan(): void {
    this.#plan?.stop();
  }

  runBeside({ commandId, step }: { commandId: string; step: BesideStep }): void {
    void this.#takeBeside(commandId, step);
  }

  endStep(): void {
    this.#plan?.endStep();
  }

  watchOwner(): void {
    this.#options.owner.watch();
  }

  /** How good the audio of the call was; null: that was not measured. */
  async quality(): Promise<CallQuality | null> {
    return (await this.#dialled?.leg.quality()) ?? null;
  }

  /** What was heard before the answer; null: nobody listened. */
  async earlyMedia(): Promise<EarlyMedia | null> {
    return (await this.#dialled?.leg.earlyMedia()) ?? null;
  }

  /** Whether nothing of the call is up, or ever was. */
  get isGone(): boolean {
    return (this.#dialled?.leg.isGone ?? true) && this.#options.legs.isGone;
  }

  /**
   * Once the machine is done: resolves with true when nothing of the call is up; with false when another worker has to release
   * it.
   */
  async untilGone(): Promise<boolean> {
    const legs = [this.#dialled?.leg, this.#options.legs];
    return (await Promise.all(legs.map((leg) => leg?.untilGone() ?? true))).every((isGone) => isGone);
  }

  /** The callee's leg. To be asked once it was dialled. */
  get calleeLeg(): Leg {
    if (this.#dialled === null) throw new OutdialError('INTERNAL', 'the callee was not dialled yet');
    return this.#dialled.leg;
  }

  /** Resolves when no step of the plan is running. */
  planEnded(): Promise<void> {
    return this.#planEnd;
  }

  async #takeBeside(commandId: string, step: BesideStep): Promise<void> {
    if (this.#dialled === null) return;
    // It takes no time, so that nothing needs to stop it.
    const { signal } = new AbortController();
    const { outcome, error, data = null } = await takeStep(step, this.#services(this.#dialled), signal);
    const told = { commandId, step: step.step, outcome, error, data };
    this.#options.report({ type: 'stepBesideEnded', ...told });
  }

  /** What the steps of the call act on. */
  #services({ leg, monitor, waits, keys, bots }: Dialled): StepServices {
    const { job, logger, recordings, values, legs, speech } = this.#options;
    return {
      leg,
      keys,
      bots,
      wait: (parameters, signal) => waits.run(parameters, signal),
      onSpeech: (listener) => monitor.onSpeech(listener),
      isSpeaking: () => monitor.isSpeaking,
      recordings,
      legs,
      activeBridge: this.#bridge,
      callFrom: job.callFrom,
      speech,
      values,
      logger,
    };
  }
}

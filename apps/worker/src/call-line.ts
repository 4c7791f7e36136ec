import type { CallEffects, CallMachineEvent } from '@outdial/call-machine';
import { type CallJob, type FarEndType, stepsFor } from '@outdial/contract';
import type { Leg, PreparedDial } from '@outdial/telephony';
import type { Logger } from 'pino';
import { CallWaits } from './call-waits.js';
import { Listener } from './listener.js';
import { PlanRunner } from './plan-runner.js';

export type LineEffects = Pick<
  CallEffects,
  | 'sendInvite'
  | 'cancelInvite'
  | 'hangUpLeg'
  | 'giveUpLeg'
  | 'connectMedia'
  | 'startDetector'
  | 'startWait'
  | 'stopListening'
  | 'runPlan'
  | 'stopPlan'
>;

export interface LineOptions {
  job: CallJob;
  prepared: PreparedDial;
  mayDial: () => boolean;
  logger: Logger;
  /** Takes what happens on the line. */
  tell: (event: CallMachineEvent) => void;
}

/** What a line is made of once it has been dialled. */
interface Dialled {
  leg: Leg;
  listener: Listener;
  waits: CallWaits;
}

/** What the machine of one call wants done with it: on its leg, by who listens to it, and by the plan. */
export class CallLine {
  readonly #options: LineOptions;
  #dialled: Dialled | null = null;
  #plan: PlanRunner | null = null;
  #planEnd: Promise<void> = Promise.resolve();

  readonly effects: LineEffects = {
    sendInvite: () => this.#dial(),
    cancelInvite: () => this.#dialled?.leg.cancel(),
    hangUpLeg: () => this.#dialled?.leg.hangUp(),
    giveUpLeg: () => {
      this.#options.logger.warn('the leg never reported its end; it is given up');
      this.#dialled?.leg.giveUp();
    },
    connectMedia: () => this.#dialled?.leg.connectMedia(),
    startDetector: () => this.#dialled?.listener.detect(),
    startWait: ({ waitId, parameters }) => this.#dialled?.waits.request(waitId, parameters),
    stopListening: () => this.#dialled?.listener.stop(),
    runPlan: ({ farEndType }) => {
      if (this.#dialled !== null) this.#planEnd = this.#runPlan(this.#dialled, farEndType);
    },
    stopPlan: () => this.#plan?.stop(),
  };

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Whether nothing of the call is up, or ever was. */
  get isGone(): boolean {
    return this.#dialled?.leg.isGone ?? true;
  }

  /** Once the machine is done: resolves with whether nothing of the call is up any more; false: somebody else has to see to it. */
  async untilGone(): Promise<boolean> {
    return (await this.#dialled?.leg.untilGone()) ?? true;
  }

  /** Resolves when no step of the plan is under way any more. */
  planEnded(): Promise<void> {
    return this.#planEnd;
  }

  #dial(): void {
    const { job, prepared, mayDial, logger, tell } = this.#options;
    const leg = prepared.dial(tell, mayDial);
    const listener = new Listener(leg, job, tell, logger);
    this.#dialled = { leg, listener, waits: new CallWaits(listener, tell) };
  }

  async #runPlan({ leg, waits }: Dialled, farEndType: FarEndType): Promise<void> {
    const { job, logger, tell } = this.#options;
    this.#plan = new PlanRunner(leg, (parameters) => waits.run(parameters), logger);
    try {
      const isDone = await this.#plan.run(stepsFor(job.onAnswered, farEndType));
      if (isDone) tell({ type: 'planEnded' });
    } catch (error) {
      logger.error({ err: error }, 'a step of the plan failed; the call is hung up');
      tell({ type: 'planEnded' });
    }
  }
}

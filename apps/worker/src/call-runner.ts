import {
  type CallEffects,
  type CallEnding,
  type CallFacts as CallIdentity,
  type CallMachineEvent,
  type CallOutcome,
  callMachine,
  toEndedRecord,
  toResult,
} from '@outdial/call-machine';
import {
  type CallCommand,
  type CallEvent,
  type CallJob,
  OutdialError,
  stepsFor,
  type Verdict,
} from '@outdial/contract';
import type { Leg, LegEvent, PreparedDial } from '@outdial/telephony';
import type { Logger } from 'pino';
import { type Actor, createActor } from 'xstate';
import { CallJournal, type JournalServices } from './call-journal.js';
import { CallWaits } from './call-waits.js';
import { knownFacts } from './known-facts.js';
import { Listener } from './listener.js';
import { PlanRunner } from './plan-runner.js';
import { knownWhereabouts } from './whereabouts.js';

/** A call that may be dialled: its job, its reserved leg, and the ledger's claim. */
export interface ClaimedCall {
  job: CallJob;
  prepared: PreparedDial;
  token: string;
  workerId: string;
  enqueuedAt: number;
  /** Asked once more just before the INVITE leaves. */
  mayDial: () => boolean;
}

/** Events of the stream as the runner gives them; who and when is added here. */
type Progress = CallEvent extends infer Event
  ? Event extends CallEvent
    ? Omit<Event, 'jobId' | 'callId' | 'workerId' | 'at'>
    : never
  : never;

/** After one of these nothing of the leg is left. */
const TERMINAL: ReadonlySet<LegEvent['type']> = new Set(['rejected', 'hungUp', 'released', 'lost']);

/**
 * Runs one call: carries the machine's decisions out on the leg, the detector, the plan and the journal,
 * and feeds what happens back to it.
 */
export class CallRunner implements CallEffects {
  readonly #call: ClaimedCall;
  readonly #logger: Logger;
  readonly #journal: CallJournal;
  readonly #identity: CallIdentity & { enqueuedAt: number };
  readonly #actor: Actor<typeof callMachine>;
  readonly #plans: Promise<void>[] = [];
  #leg: Leg | null = null;
  #listener: Listener | null = null;
  #waits: CallWaits | null = null;
  #isLegOver = false;
  /** The result was recorded when nothing of the call was left: there is nothing more to release. */
  #isSettledAsOver = false;
  #wasInvited = false;
  #wasAnswered = false;
  /** Why the INVITE never left. */
  #notSent: OutdialError | null = null;
  #plan: PlanRunner | null = null;
  #whereabouts: PreparedDial['whereabouts'];

  constructor(call: ClaimedCall, services: JournalServices) {
    const { job, prepared, token, workerId, enqueuedAt } = call;
    const { callId, trunk } = prepared.whereabouts;
    this.#call = call;
    this.#whereabouts = prepared.whereabouts;
    this.#logger = services.logger.child({ jobId: job.id, callId });
    this.#identity = {
      jobId: job.id,
      callId,
      callTo: job.callTo,
      callFrom: job.callFrom ?? null,
      lane: job.lane,
      trunk,
      workerId,
      metadata: job.metadata,
      enqueuedAt,
    };
    this.#journal = new CallJournal(
      { ...services, logger: this.#logger },
      {
        jobId: job.id,
        token,
        factsNow: () => knownFacts(this.#actor.getSnapshot().context.trace, enqueuedAt),
        onClaimLost: () => this.loseClaim(),
      },
    );
    this.#actor = createActor(callMachine, { input: { terms: job, now: Date.now, effects: this } });
  }

  /**
   * Dials; resolves when nothing of the call is left and everything about it is written and published. With
   * an error: no INVITE left, so nothing is published, and the job may be tried again.
   */
  async run(): Promise<OutdialError | null> {
    const finished = new Promise<void>((resolve, reject) => {
      this.#actor.subscribe({ complete: resolve, error: reject });
    });
    this.#actor.start();
    this.#actor.send({ type: 'dial' });
    await finished;
    if (!this.#wasAnswered && !this.#isSettledAsOver && this.#notSent === null) this.#journal.release();
    await this.#journal.written();
    await Promise.all(this.#plans);
    return this.#notSent;
  }

  /** The campaign wants the call gone. */
  cancel(): void {
    this.#tell({ type: 'cancelRequested' });
  }

  /** The campaign wants to know when it may speak to an answering machine. May be asked again. */
  requestWait({ waitId, parameters }: CallCommand): void {
    this.#tell({ type: 'waitRequested', waitId, parameters });
  }

  /** The worker stops, and the time to drain is over. */
  expireDrain(): void {
    this.#tell({ type: 'drainExpired' });
  }

  /** Another worker owns the call now. */
  loseClaim(): void {
    this.#tell({ type: 'claimLost' });
  }

  sendInvite(): void {
    const { job, prepared, mayDial } = this.#call;
    this.#leg = prepared.dial((event) => {
      if (TERMINAL.has(event.type)) this.#isLegOver = true;
      if (event.type === 'invited') this.#wasInvited = true;
      if (event.type === 'rejected' && event.error !== undefined && !this.#wasInvited) {
        this.#notSent = new OutdialError(event.error.code, event.error.message, { retryable: true });
      }
      this.#tell(event);
    }, mayDial);
    const tell = (event: CallMachineEvent) => this.#tell(event);
    this.#listener = new Listener(this.#leg, job, tell, this.#logger);
    this.#waits = new CallWaits(this.#listener, tell);
  }

  cancelInvite(): void {
    this.#leg?.cancel();
  }

  hangUpLeg(): void {
    this.#leg?.hangUp();
  }

  giveUpLeg(): void {
    this.#logger.warn('the leg never reported its end; it is given up');
    this.#leg?.giveUp();
  }

  connectMedia(): void {
    this.#leg?.connectMedia();
  }

  startDetector(): void {
    this.#listener?.detect();
  }

  startWait({ waitId, parameters }: Parameters<CallEffects['startWait']>[0]): void {
    this.#waits?.request(waitId, parameters);
  }

  stopListening(): void {
    this.#listener?.stop();
  }

  runPlan({ farEndType }: Parameters<CallEffects['runPlan']>[0]): void {
    const waits = this.#waits;
    if (this.#leg === null || waits === null) return;
    const plan = new PlanRunner(this.#leg, (parameters) => waits.run(parameters), this.#logger);
    this.#plan = plan;
    const run = plan.run(stepsFor(this.#call.job.onAnswered, farEndType)).then(
      (isDone) => {
        if (isDone) this.#tell({ type: 'planEnded' });
      },
      (error) => {
        this.#logger.error({ err: error }, 'a step of the plan failed; the call is hung up');
        this.#tell({ type: 'planEnded' });
      },
    );
    this.#plans.push(run);
  }

  stopPlan(): void {
    this.#plan?.stop();
  }

  recordCalling({ stackTxnId }: Parameters<CallEffects['recordCalling']>[0]): void {
    this.#whereabouts = { ...this.#whereabouts, stackTxnId };
    this.#record('calling', { type: 'calling', callTo: this.#call.job.callTo });
  }

  recordRinging(params: Parameters<CallEffects['recordRinging']>[0]): void {
    this.#record('ringing', { type: 'ringing', ...params });
  }

  recordAnswered({ stackDialogId, codec }: Parameters<CallEffects['recordAnswered']>[0]): void {
    this.#wasAnswered = true;
    this.#whereabouts = { ...this.#whereabouts, stackDialogId };
    this.#record('answered', { type: 'answered', codec });
  }

  recordVerdict({ verdict }: { verdict: Verdict }): void {
    this.#record('answered', { type: 'verdict', verdict });
  }

  recordRevisedVerdict({ verdict }: { verdict: Verdict }): void {
    this.#record('answered', { type: 'revised', verdict });
  }

  recordWaitEnded({ waitId, outcome }: Parameters<CallEffects['recordWaitEnded']>[0]): void {
    this.#logger.info({ waitId, ...outcome }, 'the wait for an answering machine has ended');
    this.#record('answered', { type: 'waitEnded', waitId, ...outcome });
  }

  publishResult(outcome: CallOutcome): void {
    if (this.#notSent !== null) return;
    const result = toResult(outcome, this.#identity);
    const { state, cause, farEndType, error } = result;
    this.#logger.info({ state, cause, farEndType, code: error?.code, ...result.rawCause }, 'result');
    this.#isSettledAsOver = this.#isLegOver && result.timings.answeredAt === undefined;
    this.#journal.settle(result, this.#stamp({ type: 'result', result }), this.#isSettledAsOver);
  }

  publishEnded(ending: CallEnding): void {
    const ended = toEndedRecord(ending, this.#identity);
    this.#logger.info({ cause: ended.cause, endedBy: ended.endedBy, durationMs: ended.durationMs }, 'ended');
    this.#journal.end(ended, this.#stamp({ type: 'ended', ended }));
  }

  discard({ reason }: Parameters<CallEffects['discard']>[0]): void {
    this.#logger.warn({ reason }, 'the call is not ours any more; nothing of it is published here');
    this.#journal.abandon();
  }

  /** What comes after the machine is done is old news: a timer, a cancel that crossed the end. */
  #tell(event: CallMachineEvent): void {
    if (this.#actor.getSnapshot().status === 'active') this.#actor.send(event);
  }

  #record(phase: 'calling' | 'ringing' | 'answered', progress: Progress): void {
    this.#journal.record({
      phase,
      whereabouts: knownWhereabouts(this.#whereabouts),
      event: this.#stamp(progress),
    });
  }

  #stamp(progress: Progress): CallEvent {
    const { jobId, callId, workerId } = this.#identity;
    return { jobId, callId, workerId, at: Date.now(), ...progress } as CallEvent;
  }
}

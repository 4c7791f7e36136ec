import {
  type BesideStep,
  type CallEvent,
  type CallJobInput,
  type CallResult,
  type CallState,
  type Cause,
  ChannelStateError,
  type EndedRecord,
  endedState,
  isEndedState,
  OutdialError,
  type PlanStepInput,
  type StepName,
  type StepReport,
  stateAfter,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
} from '@outdial/contract';
import type { CallEvents } from '../events/call-events.js';
import type { CallQueue } from '../queue/call-queue.js';
import { CallControl } from './call-control.js';
import { type CallDetails, noDetails, withEnded, withProgress, withResult } from './call-details.js';
import { LiveCommands } from './live-commands.js';
import { newCall, type OngoingCall } from './ongoing-call.js';

/** How to call: the fields of a call job. They are validated before anything is queued. */
export type CallOptions = Omit<CallJobInput, 'id' | 'callTo' | 'onAnswered'>;
/** The same without `secondsTimeout`: `startCall` has no time limit. */
export type StartCallOptions = Omit<CallOptions, 'secondsTimeout'>;

export interface CallChannelOptions {
  queue: CallQueue;
  /** Channels that share it share one reader. */
  events: CallEvents;
  /**
   * Milliseconds between looks into the ledger, in case an event was missed, and between heartbeats of an answered call (default
   * 2000, at most 10,000).
   */
  pollMs?: number;
}

/** So that an app is not taken for lost between two heartbeats. */
const POLL_MAX_MS = 10_000;
/** How often a channel tries to cancel a job that it does not know to be queued. */
const ABANDON_TRIES = 30;

/**
 * One call at a time, with the semantics of a channel: `call` resolves once the call is answered (and
 * classified, with live speaker detection), timed out, or back at IDLE; an answered call stays up until somebody
 * hangs up, or this app is lost: then `onOrphaned` of its options says what happens (default: it is hung up). It emits `stateChanged` with the new and the former state; a listener that throws is reported to the
 * `onError` of `events`.
 */
export class CallChannel extends CallControl {
  readonly #queue: CallQueue;
  readonly #events: CallEvents;
  readonly #pollMs: number;
  #state: CallState = 'IDLE';
  #cause: Cause = 'NORMAL';
  #details = noDetails();
  #call: OngoingCall | null = null;

  constructor({ queue, events, pollMs = 2000 }: CallChannelOptions) {
    super();
    this.#queue = queue;
    this.#events = events;
    this.#pollMs = Math.min(pollMs, POLL_MAX_MS);
  }

  /** `CALLING` from the moment of `call` on. `ERROR` is final: take another channel. */
  get state(): CallState {
    return this.#state;
  }

  /** Why the last call ended; `NORMAL` while the state is not IDLE (or ERROR), and after `hangUp`. */
  get cause(): Cause {
    return this.#cause;
  }

  get details(): Readonly<CallDetails> {
    return this.#details;
  }

  /**
   * Calls `callTo`, a `tel:` number or SIP address; `secondsTimeout` (default 120; null: none) runs from the
   * INVITE. Resolves with the state. Rejects with `ChannelStateError` unless the state is IDLE, with
   * `INVALID_JOB`, and with `QUEUE_UNAVAILABLE`.
   */
  async call(callTo: string, options: CallOptions = {}): Promise<CallState> {
    const { whenReturned } = await this.#start(callTo, options);
    return whenReturned;
  }

  /** Like `call`, but without a time limit, and resolves as soon as the call is queued. */
  async startCall(callTo: string, options: StartCallOptions = {}): Promise<void> {
    await this.#start(callTo, { ...options, secondsTimeout: null });
  }

  /** Resolves with the state once it is IDLE (or ERROR); at once when it is. */
  async waitForIdle(): Promise<CallState> {
    while (!isEndedState(this.#state)) {
      await new Promise<void>((resolve) => this.once('stateChanged', () => resolve()));
    }
    return this.#state;
  }

  /**
   * Waits for the moment to leave a message on an answering machine. Resolves with true after a beep of at least
   * `millisecondsMinBeepDuration` (180) and `millisecondsPostBeepSilence` (1000) of silence, or after
   * `millisecondsNoBeepSilence` (4000) of silence without a beep; with false when `secondsTimeout` (10; null: no
   * limit) is over first, the callee cannot be heard, or the call ends. `details.wait` tells more. Rejects with
   * `ChannelStateError` unless the state is ANSWERED, `INVALID_CONFIGURATION`, and `QUEUE_UNAVAILABLE`.
   */
  async waitForAnswerMachine(options: WaitForAnswerMachineOptions = {}): Promise<boolean> {
    const { live } = this.#answeredCall('waitForAnswerMachine');
    return (await live.wait(options))?.isReady ?? false;
  }

  /**
   * Ends the call in whatever phase it is, and resolves once it has ended. Does nothing when IDLE. Rejects with
   * `QUEUE_UNAVAILABLE`, and with `JOB_NOT_FOUND` when Redis has lost the job.
   */
  async hangUp(): Promise<void> {
    const call = this.#call;
    if (call === null) return;
    call.isHungUp = true;
    await call.whenQueued;
    await this.#queue.cancel(call.job.id);
    await this.waitForIdle();
  }

  protected async runSteps(
    method: string,
    steps: readonly PlanStepInput[],
  ): Promise<readonly StepReport[] | null> {
    return this.#answeredCall(method).live.command(method, { type: 'runSteps', steps });
  }

  protected async runBeside(method: string, step: BesideStep): Promise<StepReport | null> {
    const reports = await this.#answeredCall(method).live.command(method, { type: 'runBeside', step });
    return reports?.[0] ?? null;
  }

  protected async endStep(method: string, kinds: readonly StepName[]): Promise<void> {
    await this.#answeredCall(method).live.command(method, { type: 'endStep', kinds });
  }

  #answeredCall(method: string): OngoingCall {
    if (this.#call !== null && this.#state === 'ANSWERED') return this.#call;
    throw new ChannelStateError(`${method} needs an ANSWERED channel; it is ${this.#state}`);
  }

  async #start(callTo: string, options: CallOptions): Promise<OngoingCall> {
    if (this.#state !== 'IDLE') {
      throw new ChannelStateError(`a call is placed only when the channel is IDLE; it is ${this.#state}`);
    }
    const job = this.#queue.validate({
      onOrphaned: [],
      ...options,
      callTo,
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    const live = new LiveCommands({ queue: this.#queue, jobId: job.id, repeatMs: this.#pollMs });
    const call = newCall(job, live);
    this.#call = call;
    this.#cause = 'NORMAL';
    this.#details = noDetails(job.id);
    this.#changeState('CALLING');
    call.whenQueued = this.#enqueue(call);
    await call.whenQueued;
    return call;
  }

  async #enqueue(call: OngoingCall): Promise<void> {
    try {
      call.stop = await this.#events.watch(call.job.id, (event) => this.#apply(call, event));
      await this.#queue.add(call.job);
    } catch (error) {
      this.#finish(call, 'IDLE', 'ERROR');
      void this.#abandon(call.job.id);
      throw error;
    }
    // It may be over by now.
    if (this.#call !== call) return;
    const unwatch = call.stop;
    const timer = setInterval(() => this.#look(call), this.#pollMs);
    call.stop = () => {
      unwatch();
      clearInterval(timer);
    };
  }

  /** A request that timed out may still be carried out, and its call would have no channel: it is cancelled. */
  async #abandon(jobId: string): Promise<void> {
    for (let tries = 0; tries < ABANDON_TRIES; tries++) {
      const error = await this.#queue.cancel(jobId).catch((reason: OutdialError) => reason);
      if (!(error instanceof OutdialError) || error.code === 'JOB_NOT_FOUND') return;
      await new Promise((resolve) => setTimeout(resolve, this.#pollMs).unref());
    }
  }

  #apply(call: OngoingCall, event: CallEvent): void {
    if (this.#call !== call) return;
    if (event.type === 'result') this.#applyResult(call, event.result);
    else if (event.type === 'ended') this.#applyEnded(call, event.ended);
    else if (event.type === 'waitEnded') this.#applyWait(call, event.waitId, event);
    else if (event.type === 'commandEnded') call.live.commandEnded(event);
    // Progress that comes after its result, which the ledger told first, is old news.
    else if (call.result === null || event.type === 'revised') {
      this.#details = withProgress(this.#details, event);
      this.#changeState(stateAfter(event) ?? this.#state);
    }
  }

  #applyResult(call: OngoingCall, result: CallResult): void {
    if (call.result !== null) return;
    call.result = result;
    this.#details = withResult(this.#details, result);
    if (isEndedState(result.state)) this.#finish(call, result.state, result.cause);
    else {
      call.live.beat();
      this.#changeState(result.state);
      call.returned(result.state);
    }
  }

  #applyEnded(call: OngoingCall, ended: EndedRecord): void {
    this.#details = withEnded(this.#details, ended);
    this.#finish(call, endedState(ended.error), ended.cause);
  }

  #applyWait(call: OngoingCall, waitId: string | null, { trigger, isReady, atMs }: WaitOutcome): void {
    const wait = { trigger, isReady, atMs };
    this.#details = { ...this.#details, wait };
    call.live.waitEnded(waitId, wait);
  }

  #finish(call: OngoingCall, state: 'IDLE' | 'ERROR', cause: Cause): void {
    if (this.#call !== call) return;
    call.stop();
    call.live.end();
    this.#call = null;
    // The hang-up of a channel is a cancel of its job, and a normal end to the one who asked for it.
    this.#cause = call.isHungUp && cause === 'CANCELLED' ? 'NORMAL' : cause;
    this.#changeState(state);
    call.returned(state);
  }

  #changeState(state: CallState): void {
    const former = this.#state;
    if (state === former) return;
    this.#state = state;
    // A listener that throws must neither stop the call's events nor leave `call` unresolved.
    for (const listener of this.rawListeners('stateChanged')) {
      try {
        listener.call(this, state, former);
      } catch (error) {
        this.#events.reportError(error);
      }
    }
  }

  /** The safety net under the events, which are only hints. */
  async #look(call: OngoingCall): Promise<void> {
    if (call.result !== null) call.live.beat();
    const status = await this.#queue.get(call.job.id).catch(() => undefined);
    // Redis is away: a later look may find it again.
    if (status === undefined || this.#call !== call) return;
    if (status === null) {
      const message = 'Redis has lost the job; its call, if any, is hung up at its maxDurationSeconds';
      this.#details = { ...this.#details, error: { code: 'JOB_NOT_FOUND', message } };
      this.#finish(call, 'ERROR', 'ERROR');
      return;
    }
    if (status.result !== null) this.#applyResult(call, status.result);
    if (status.ended !== null && this.#call === call) this.#applyEnded(call, status.ended);
  }
}

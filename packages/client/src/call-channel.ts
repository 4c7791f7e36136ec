import { EventEmitter } from 'node:events';
import {
  type CallEvent,
  type CallJob,
  type CallJobInput,
  type CallResult,
  type CallState,
  type Cause,
  ChannelStateError,
  type EndedRecord,
  OutdialError,
} from '@outdial/contract';
import { type CallDetails, noDetails, withEnded, withProgress, withResult } from './call-details.js';
import type { CallEvents } from './call-events.js';
import type { CallQueue } from './call-queue.js';
import { checkJob } from './job-input.js';

/** How to call; all of it checked before anything is queued. */
export type CallOptions = Omit<CallJobInput, 'id' | 'callTo' | 'onAnswered'>;
/** `startCall` knows no time limit. */
export type StartCallOptions = Omit<CallOptions, 'secondsTimeout'>;

export interface CallChannelOptions {
  queue: CallQueue;
  /** Channels that share it share one reader. */
  events: CallEvents;
  /** Milliseconds between looks into the ledger, in case an event was missed (default 2000). */
  pollMs?: number;
}

/** How often a channel tries to cancel a job that it does not know to be queued. */
const ABANDON_TRIES = 30;

/** What is on the way while the channel is not IDLE. */
interface OngoingCall {
  job: CallJob;
  whenQueued: Promise<void>;
  whenReturned: Promise<CallState>;
  returned: (state: CallState) => void;
  result: CallResult | null;
  stop: () => void;
}

/**
 * One call at a time, with the semantics of a channel: `call` resolves once the call is answered (and
 * classified, with live speaker detection), timed out, or back at IDLE; an answered call stays up until somebody
 * hangs up. It emits `stateChanged` with the new and the former state.
 */
export class CallChannel extends EventEmitter<{ stateChanged: [state: CallState, former: CallState] }> {
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
    this.#pollMs = pollMs;
  }

  /** `CALLING` from the moment of `call` on. `ERROR` is final: take another channel. */
  get state(): CallState {
    return this.#state;
  }

  /** Why the last call ended; `NORMAL` while the state is not IDLE (or ERROR). */
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
    while (this.#state !== 'IDLE' && this.#state !== 'ERROR') {
      await new Promise<void>((resolve) => this.once('stateChanged', () => resolve()));
    }
    return this.#state;
  }

  /** Ends the call in whatever phase it is, and resolves once it has ended. Does nothing when IDLE. */
  async hangUp(): Promise<void> {
    const call = this.#call;
    if (call === null) return;
    await call.whenQueued;
    await this.#queue.cancel(call.job.id);
    await this.waitForIdle();
  }

  async #start(callTo: string, options: CallOptions): Promise<OngoingCall> {
    if (this.#state !== 'IDLE') {
      throw new ChannelStateError(`a call is placed only when the channel is IDLE; it is ${this.#state}`);
    }
    const job = checkJob({
      ...options,
      callTo,
      onAnswered: { otherwise: [{ step: 'hold', milliseconds: null }] },
    });
    const call = newCall(job);
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

  /** A request that timed out may still be carried out: the call that comes of it would be nobody's. */
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
    // Progress that comes after its result, which the ledger told first, is old news.
    else if (call.result === null || event.type === 'revised') {
      this.#details = withProgress(this.#details, event);
      if (event.type === 'ringing') this.#changeState('RINGING');
      if (event.type === 'answered') this.#changeState('ANSWERED');
    }
  }

  #applyResult(call: OngoingCall, result: CallResult): void {
    if (call.result !== null) return;
    call.result = result;
    this.#details = withResult(this.#details, result);
    if (result.state === 'IDLE' || result.state === 'ERROR') this.#finish(call, result.state, result.cause);
    else {
      this.#changeState(result.state);
      call.returned(result.state);
    }
  }

  #applyEnded(call: OngoingCall, ended: EndedRecord): void {
    this.#details = withEnded(this.#details, ended);
    this.#finish(call, 'IDLE', ended.cause);
  }

  #finish(call: OngoingCall, state: 'IDLE' | 'ERROR', cause: Cause): void {
    if (this.#call !== call) return;
    call.stop();
    this.#call = null;
    this.#cause = cause;
    this.#changeState(state);
    call.returned(state);
  }

  #changeState(state: CallState): void {
    const former = this.#state;
    if (state === former) return;
    this.#state = state;
    this.emit('stateChanged', state, former);
  }

  /** The safety net under the events, which are only hints. */
  async #look(call: OngoingCall): Promise<void> {
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

function newCall(job: CallJob): OngoingCall {
  let returned: (state: CallState) => void = () => undefined;
  const whenReturned = new Promise<CallState>((resolve) => {
    returned = resolve;
  });
  return {
    job,
    whenQueued: Promise.resolve(),
    whenReturned,
    returned,
    result: null,
    stop: () => undefined,
  };
}

/** A 2xx to an INVITE, repeated until its ACK comes (RFC 3261 13.3.1.4). */
import type { SipRequest, SipResponse } from './message.js';
import { Timers, type TimerValues } from './timers.js';
import type { ServerTransaction } from './transaction-types.js';

export interface RepeatedOkListener {
  onAcked(ack: SipRequest): void;
  /** No ACK within 64*T1. */
  onGivenUp(): void;
}

export class RepeatedOk {
  readonly #timers = new Timers<'repeat' | 'limit'>();
  readonly #listener: RepeatedOkListener;

  constructor(
    transaction: ServerTransaction,
    response: SipResponse,
    values: TimerValues,
    listener: RepeatedOkListener,
  ) {
    this.#listener = listener;
    const send = (waitMs: number) => {
      transaction.respond(response);
      this.#timers.start('repeat', waitMs, () => send(Math.min(waitMs * 2, values.t2Ms)));
    };
    this.#timers.start('limit', values.limitMs, () => {
      this.stop();
      listener.onGivenUp();
    });
    send(values.t1Ms);
  }

  acked(ack: SipRequest): void {
    this.stop();
    this.#listener.onAcked(ack);
  }

  stop(): void {
    this.#timers.stopAll();
  }
}

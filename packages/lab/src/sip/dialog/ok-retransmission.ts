/** A 2xx to an INVITE, retransmitted until its ACK (RFC 3261 13.3.1.4). */
import type { SipRequest, SipResponse } from '../message/message.js';
import { Timers, type TimerValues } from '../transaction/timers.js';
import type { ServerTransaction } from '../transaction/transaction-types.js';

export interface OkRetransmissionListener {
  onAcknowledged(ack: SipRequest): void;
  /** No ACK arrived within 64*T1. */
  onTimeout(): void;
}

export class OkRetransmission {
  readonly #timers = new Timers<'repeat' | 'limit'>();
  readonly #listener: OkRetransmissionListener;

  constructor(
    transaction: ServerTransaction,
    response: SipResponse,
    values: TimerValues,
    listener: OkRetransmissionListener,
  ) {
    this.#listener = listener;
    const send = (waitMs: number) => {
      transaction.respond(response);
      this.#timers.start('repeat', waitMs, () => send(Math.min(waitMs * 2, values.t2Ms)));
    };
    this.#timers.start('limit', values.limitMs, () => {
      this.stop();
      listener.onTimeout();
    });
    send(values.t1Ms);
  }

  acknowledge(ack: SipRequest): void {
    this.stop();
    this.#listener.onAcknowledged(ack);
  }

  stop(): void {
    this.#timers.stopAll();
  }
}

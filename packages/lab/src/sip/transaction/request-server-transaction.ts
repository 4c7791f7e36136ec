/** The non-INVITE server transaction: RFC 3261 17.2.2. */
import { newTag } from '../message/identifiers.js';
import { type SipRequest, type SipResponse, serialise, tagOf } from '../message/message.js';
import type { Peer } from '../transport/transport.js';
import { Timers, type TimerValues } from './timers.js';
import type { ServerTransaction, ServerTransactionPort } from './transaction-types.js';

export class RequestServerTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly peer: Peer;
  readonly localTag: string;
  #isCompleted = false;
  #last: Buffer | undefined;
  readonly #port: ServerTransactionPort;
  readonly #values: TimerValues;
  readonly #timers = new Timers<'J' | 'unanswered'>();

  /** @param localTag the INVITE's, for the CANCEL of one (RFC 3261 9.2) */
  constructor(
    request: SipRequest,
    peer: Peer,
    port: ServerTransactionPort,
    values: TimerValues,
    localTag?: string,
  ) {
    this.request = request;
    this.peer = peer;
    this.localTag = tagOf(request, 'To') ?? localTag ?? newTag();
    this.#port = port;
    this.#values = values;
    // The client transaction has timed out by then.
    this.#timers.start('unanswered', values.limitMs, () => this.#terminate());
  }

  respond(response: SipResponse): void {
    if (this.#isCompleted) return;
    this.#last = serialise(response);
    if (response.status >= 200) {
      this.#isCompleted = true;
      this.#port.log(response);
      this.#timers.stop('unanswered');
      this.#timers.start('J', this.peer.protocol === 'udp' ? this.#values.limitMs : 0, () =>
        this.#terminate(),
      );
    }
    this.#port.send(this.#last);
  }

  receive(_repeated: SipRequest): void {
    if (this.#last !== undefined) this.#port.send(this.#last);
  }

  stop(): void {
    this.#timers.stopAll();
    this.#isCompleted = true;
  }

  #terminate(): void {
    this.stop();
    this.#port.onTerminated();
  }
}

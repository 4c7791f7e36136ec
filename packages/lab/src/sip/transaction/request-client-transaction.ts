/** The non-INVITE client transaction: RFC 3261 17.1.2. */
import { responseTo, type SipRequest, type SipResponse, serialise } from '../message/message.js';
import type { Peer } from '../transport/transport.js';
import { Timers, type TimerValues } from './timers.js';
import type { ClientTransaction, ClientTransactionPort } from './transaction-types.js';

type State = 'resolving' | 'trying' | 'proceeding' | 'completed' | 'terminated';

export class RequestClientTransaction implements ClientTransaction {
  readonly request: SipRequest;
  #state: State = 'resolving';
  #peer: Peer | undefined;
  readonly #port: ClientTransactionPort;
  readonly #values: TimerValues;
  readonly #timers = new Timers<'E' | 'F' | 'K'>();

  constructor(request: SipRequest, port: ClientTransactionPort, values: TimerValues) {
    this.request = request;
    this.#port = port;
    this.#values = values;
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  start(peer: Peer): void {
    this.#peer = peer;
    this.#state = 'trying';
    this.#timers.start('F', this.#values.limitMs, () => this.#fail(408));
    this.#port.log(this.request, peer);
    this.#send(peer, this.#values.t1Ms);
  }

  receive(response: SipResponse): void {
    if (this.#state !== 'trying' && this.#state !== 'proceeding') return;
    if (response.status < 200) {
      this.#state = 'proceeding';
      this.#port.onResponse(response, 'network');
      return;
    }
    this.#state = 'completed';
    this.#timers.stop('E', 'F');
    // Absorbs retransmitted responses; over TCP there are none.
    this.#timers.start('K', this.#peer?.protocol === 'udp' ? this.#values.t4Ms : 0, () => this.#terminate());
    this.#port.onResponse(response, 'network');
  }

  fail(status: 408 | 503, reason?: string): void {
    if (this.#state === 'resolving' || this.#state === 'trying') this.#fail(status, reason);
  }

  cancel(): undefined {}

  stop(): void {
    this.#timers.stopAll();
    this.#state = 'terminated';
  }

  #send(peer: Peer, waitMs: number): void {
    this.#port.send(serialise(this.request), peer);
    if (peer.protocol !== 'udp') return;
    // In Proceeding the interval is T2 at once (17.1.2.2).
    const nextMs = Math.min(waitMs * 2, this.#values.t2Ms);
    this.#timers.start('E', this.#state === 'proceeding' ? this.#values.t2Ms : waitMs, () =>
      this.#send(peer, nextMs),
    );
  }

  #fail(status: 408 | 503, reason?: string): void {
    this.#terminate();
    this.#port.onResponse(responseTo(this.request, status, reason), 'local');
  }

  #terminate(): void {
    this.stop();
    this.#port.onTerminated();
  }
}

/**
 * The INVITE client transaction: RFC 3261 17.1.1 with RFC 6026's Accepted state, and its CANCEL (section
 * 9.1).
 */
import type { HeaderValues } from '../message/headers.js';
import { responseTo, type SipRequest, type SipResponse, serialise } from '../message/message.js';
import type { Peer } from '../transport/transport.js';
import { Timers, type TimerValues } from './timers.js';
import type { ClientTransaction, ClientTransactionPort } from './transaction-types.js';

type State = 'resolving' | 'calling' | 'proceeding' | 'completed' | 'accepted' | 'terminated';

export class InviteClientTransaction implements ClientTransaction {
  readonly request: SipRequest;
  #state: State = 'resolving';
  #peer: Peer | undefined;
  #cancel: SipRequest | undefined;
  readonly #port: ClientTransactionPort;
  readonly #values: TimerValues;
  readonly #timers = new Timers<'A' | 'B' | 'C' | 'D' | 'M' | 'cancelled'>();

  constructor(request: SipRequest, port: ClientTransactionPort, values: TimerValues) {
    this.request = request;
    this.#port = port;
    this.#values = values;
  }

  get state(): State {
    return this.#state;
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  start(peer: Peer): void {
    if (this.#state !== 'resolving') return;
    this.#peer = peer;
    this.#state = 'calling';
    this.#timers.start('B', this.#values.limitMs, () => this.#fail(408));
    this.#port.log(this.request, peer);
    this.#sendInvite(peer, this.#values.t1Ms);
  }

  /**
   * Cancels the INVITE, and returns the CANCEL: sent, or held back until a provisional response comes, as RFC
   * 3261 9.1 demands. Undefined when there is nothing to cancel: it is settled, cancelled already, or not
   * sent yet (its name is still being resolved), in which case it ends with a local 487.
   */
  cancel(headers: HeaderValues = {}): SipRequest | undefined {
    if (this.#state === 'resolving') this.#fail(487);
    if (this.#cancel !== undefined || (this.#state !== 'calling' && this.#state !== 'proceeding')) {
      return undefined;
    }
    this.#cancel = this.#sameHop('CANCEL');
    this.#cancel.headers.assign(headers);
    if (this.#state === 'proceeding') this.#sendCancel(this.#cancel);
    return this.#cancel;
  }

  receive(response: SipResponse): void {
    switch (this.#state) {
      case 'calling':
      case 'proceeding':
        this.#receiveWhilePending(response);
        break;
      case 'completed':
        // Our ACK was lost.
        if (response.status >= 300) this.#sendAck(response);
        break;
      case 'accepted':
        // A repeated or forked 2xx: both belong to the dialog layer.
        if (response.status >= 200 && response.status < 300) this.#port.onResponse(response, 'network');
        break;
      default:
    }
  }

  fail(status: 408 | 503, reason?: string): void {
    if (this.#state === 'resolving' || this.#state === 'calling') this.#fail(status, reason);
  }

  stop(): void {
    this.#timers.stopAll();
    this.#state = 'terminated';
  }

  #receiveWhilePending(response: SipResponse): void {
    this.#timers.stop('A', 'B');
    if (response.status < 200) {
      this.#receiveProvisional(response);
      return;
    }
    this.#timers.stop('C', 'cancelled');
    if (response.status < 300) {
      this.#state = 'accepted';
      this.#timers.start('M', this.#values.limitMs, () => this.#terminate());
    } else {
      this.#state = 'completed';
      this.#sendAck(response);
      // Over TCP nothing is retransmitted.
      this.#timers.start('D', this.#peer?.protocol === 'udp' ? this.#values.limitMs : 0, () =>
        this.#terminate(),
      );
    }
    this.#port.onResponse(response, 'network');
  }

  #receiveProvisional(response: SipResponse): void {
    const isFirst = this.#state === 'calling';
    this.#state = 'proceeding';
    const { ringLimitMs } = this.#values;
    if (ringLimitMs !== undefined) this.#timers.start('C', ringLimitMs, () => this.cancel());
    if (isFirst && this.#cancel !== undefined) this.#sendCancel(this.#cancel);
    this.#port.onResponse(response, 'network');
  }

  #sendInvite(peer: Peer, nextMs: number): void {
    this.#port.send(serialise(this.request), peer);
    if (peer.protocol === 'udp') this.#timers.start('A', nextMs, () => this.#sendInvite(peer, nextMs * 2));
  }

  /** The transaction itself acknowledges 300 to 699, along the INVITE's path (RFC 3261 17.1.1.3). */
  #sendAck(response: SipResponse): void {
    const ack = this.#sameHop('ACK');
    ack.headers.set('To', response.headers.get('To') ?? '');
    if (this.#peer === undefined) return;
    this.#port.log(ack, this.#peer);
    this.#port.send(serialise(ack), this.#peer);
  }

  #sendCancel(cancel: SipRequest): void {
    if (this.#peer !== undefined) this.#port.sendCancel(cancel, this.#peer);
    // The far end may never send its 487 (RFC 3261 9.1, last paragraph).
    this.#timers.start('cancelled', this.#values.limitMs, () => this.#fail(408));
  }

  #sameHop(method: 'ACK' | 'CANCEL'): SipRequest {
    const cseq = (this.request.headers.get('CSeq') ?? '1').split(' ')[0];
    const headers = responseTo(this.request, 100).headers;
    headers.set('Via', this.request.headers.getAll('Via').slice(0, 1)).set('CSeq', `${cseq} ${method}`);
    headers.set('Max-Forwards', '70');
    for (const name of ['Route', 'Authorization', 'Proxy-Authorization']) {
      if (this.request.headers.has(name)) headers.set(name, this.request.headers.getAll(name));
    }
    return { kind: 'request', method, uri: this.request.uri, headers, body: '' };
  }

  #fail(status: 408 | 487 | 503, reason?: string): void {
    this.#terminate();
    this.#port.onResponse(responseTo(this.request, status, reason), 'local');
  }

  #terminate(): void {
    this.stop();
    this.#port.onTerminated();
  }
}

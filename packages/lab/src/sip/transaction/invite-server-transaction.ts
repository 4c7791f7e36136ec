/** The INVITE server transaction: RFC 3261 17.2.1 with RFC 6026's Accepted state. */
import { newTag } from '../message/identifiers.js';
import { responseTo, type SipRequest, type SipResponse, serialise, tagOf } from '../message/message.js';
import type { Peer } from '../transport/transport.js';
import { Timers, type TimerValues } from './timers.js';
import type { ServerTransaction, ServerTransactionPort } from './transaction-types.js';

type State = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';

export class InviteServerTransaction implements ServerTransaction {
  readonly request: SipRequest;
  readonly peer: Peer;
  readonly localTag: string;
  /** Set by the transaction user; called with a CANCEL that arrives in time. */
  onCancel: (cancel: SipRequest) => void = () => {};
  #state: State = 'proceeding';
  #isSilent = false;
  #last: Buffer | undefined;
  readonly #port: ServerTransactionPort;
  readonly #values: TimerValues;
  readonly #timers = new Timers<'trying' | 'G' | 'H' | 'I' | 'L'>();

  constructor(request: SipRequest, peer: Peer, port: ServerTransactionPort, values: TimerValues) {
    this.request = request;
    this.peer = peer;
    this.localTag = tagOf(request, 'To') ?? newTag();
    this.#port = port;
    this.#values = values;
    this.#timers.start('trying', values.tryingMs, () => this.respond(responseTo(request, 100)));
  }

  get state(): State {
    return this.#state;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Suppresses every response, as if the callee did not exist. */
  silence(): void {
    this.#isSilent = true;
    this.#timers.stop('trying');
    this.#timers.start('L', this.#values.limitMs, () => this.#terminate());
  }

  respond(response: SipResponse): void {
    const isRepeat = this.#state === 'accepted' && response.status >= 200 && response.status < 300;
    if (this.#state !== 'proceeding' && !isRepeat) return;
    this.#timers.stop('trying');
    this.#last = serialise(response);
    if (response.status >= 200 && !isRepeat) {
      this.#port.log(response);
      this.#finish(response.status);
    }
    this.#port.send(this.#last);
  }

  receive(request: SipRequest): void {
    if (request.method === 'ACK') {
      if (this.#state !== 'completed') return;
      this.#state = 'confirmed';
      this.#timers.stop('G', 'H');
      this.#timers.start('I', this.peer.protocol === 'udp' ? this.#values.t4Ms : 0, () => this.#terminate());
      return;
    }
    const wantsAnswer = this.#state === 'proceeding' || this.#state === 'completed';
    if (wantsAnswer && this.#last !== undefined) this.#port.send(this.#last);
  }

  stop(): void {
    this.#timers.stopAll();
    this.#state = 'terminated';
  }

  #finish(status: number): void {
    if (status < 300) {
      // The dialog retransmits the 2xx until its ACK (13.3.1.4); this only absorbs retransmitted INVITEs.
      this.#state = 'accepted';
      this.#timers.start('L', this.#values.limitMs, () => this.#terminate());
      return;
    }
    this.#state = 'completed';
    this.#timers.start('H', this.#values.limitMs, () => this.#terminate());
    if (this.peer.protocol === 'udp') this.#repeatFinal(this.#values.t1Ms);
  }

  #repeatFinal(waitMs: number): void {
    this.#timers.start('G', waitMs, () => {
      if (this.#last !== undefined) this.#port.send(this.#last);
      this.#repeatFinal(Math.min(waitMs * 2, this.#values.t2Ms));
    });
  }

  #terminate(): void {
    this.stop();
    this.#port.onTerminated();
  }
}

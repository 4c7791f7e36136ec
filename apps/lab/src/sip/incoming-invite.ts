/** An INVITE that came in, until it is accepted, rejected or cancelled. */
import { EventEmitter } from 'node:events';
import { Dialog, type DialogHome } from './dialog.js';
import { SipAgentError } from './errors.js';
import type { InviteServerTransaction } from './invite-server-transaction.js';
import type { SipRequest } from './message.js';
import { makeResponse, type ResponseOptions } from './response.js';
import type { Peer } from './transport.js';
import { parseUri } from './uri.js';

export interface IncomingInviteEvents {
  /** A CANCEL came and has been answered 200; a listener that accepts the INVITE now is faster than its 487. */
  cancelling: [SipRequest];
  /** The caller cancelled: the CANCEL has been answered 200 and the INVITE 487. */
  cancelled: [SipRequest];
}

export class IncomingInvite extends EventEmitter<IncomingInviteEvents> {
  #state: 'pending' | 'accepted' | 'rejected' | 'cancelled' = 'pending';
  readonly #transaction: InviteServerTransaction;
  readonly #home: DialogHome;
  readonly #contact: string;

  constructor(home: DialogHome, transaction: InviteServerTransaction, contact: string) {
    super();
    this.#home = home;
    this.#transaction = transaction;
    this.#contact = contact;
    transaction.onCancel = (cancel) => {
      this.emit('cancelling', cancel);
      if (this.#state !== 'pending') return;
      this.#respond(487);
      this.#state = 'cancelled';
      this.emit('cancelled', cancel);
    };
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  get callId(): string {
    return this.request.headers.get('Call-ID') ?? '';
  }

  /** The user part of the request URI: `human` of `sip:human@lab`; `''` if it has none. */
  get calledUser(): string {
    return parseUri(this.request.uri)?.user ?? '';
  }

  /** The offer, or `''` when the INVITE brought none. */
  get remoteSdp(): string {
    return this.request.body;
  }

  get peer(): Peer {
    return this.#transaction.peer;
  }

  get state(): 'pending' | 'accepted' | 'rejected' | 'cancelled' {
    return this.#state;
  }

  /** Sends 100 to 199, with our tag if above 100; nothing once the INVITE is settled. */
  provisional(status: number, options: ResponseOptions = {}): void {
    if (this.#state === 'pending') this.#respond(status, options);
  }

  /**
   * Sends 200, repeats it until the ACK comes, and resolves with the dialog then (already ended, if the caller's BYE was
   * faster than its ACK). If the INVITE brought no offer, `sdp` is ours and the ACK's body becomes `remoteSdp`.
   *
   * Rejects with code `ACK_TIMEOUT` when no ACK came within 64*T1 (a BYE has been sent), and with `NOT_PENDING` when the
   * INVITE is settled already.
   */
  accept(options: ResponseOptions = {}): Promise<Dialog> {
    if (this.#state !== 'pending') {
      return Promise.reject(new SipAgentError('NOT_PENDING', `the INVITE is ${this.#state}`));
    }
    this.#state = 'accepted';
    const dialog = Dialog.accepting(this.#home, this.#transaction, this.#contact, options.sdp ?? '');
    const response = makeResponse(this.#transaction, 200, options, this.#own);
    return new Promise((resolve, reject) => {
      dialog.once('ended', (by) => by === 'ack-timeout' || resolve(dialog));
      dialog.sendOk(this.#transaction, response, {
        onAcked: () => resolve(dialog),
        onGivenUp: () => reject(new SipAgentError('ACK_TIMEOUT', 'no ACK came for the 200')),
      });
    });
  }

  /** Sends a final response of 300 to 699; nothing once the INVITE is settled. */
  reject(status: number, options: ResponseOptions = {}): void {
    if (this.#state !== 'pending') return;
    this.#state = 'rejected';
    this.#respond(status, options);
  }

  get #own() {
    return { contact: this.#contact, userAgent: this.#home.userAgent };
  }

  #respond(status: number, options: ResponseOptions = {}): void {
    this.#transaction.respond(makeResponse(this.#transaction, status, options, this.#own));
  }
}

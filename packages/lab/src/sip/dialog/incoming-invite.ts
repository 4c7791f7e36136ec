/** An incoming INVITE until it is accepted, rejected, cancelled or expired. */
import { EventEmitter } from 'node:events';
import { SipAgentError } from '../errors.js';
import type { SipRequest } from '../message/message.js';
import { makeResponse, type ResponseOptions } from '../message/response.js';
import { parseUri } from '../message/uri.js';
import type { InviteServerTransaction } from '../transaction/invite-server-transaction.js';
import type { Peer } from '../transport/transport.js';
import { Dialog, type DialogContext } from './dialog.js';

export interface IncomingInviteEvents {
  /** A CANCEL arrived and has been answered 200. A listener that accepts the INVITE now prevents the 487. */
  cancelling: [SipRequest];
  /** It was cancelled, or its `Expires` has passed: it has been answered 487. */
  cancelled: [];
}

/** Longer values are ignored: a timer holds 2^31 ms. */
const LONGEST_EXPIRY_SECONDS = 86_400;

export class IncomingInvite extends EventEmitter<IncomingInviteEvents> {
  #state: 'pending' | 'accepted' | 'rejected' | 'cancelled' = 'pending';
  readonly #transaction: InviteServerTransaction;
  readonly #context: DialogContext;
  readonly #contact: string;
  readonly #expiry: NodeJS.Timeout | undefined;

  constructor(context: DialogContext, transaction: InviteServerTransaction, contact: string) {
    super();
    this.#context = context;
    this.#transaction = transaction;
    this.#contact = contact;
    transaction.onCancel = (cancel) => {
      this.emit('cancelling', cancel);
      this.#cancel();
    };
    const expires = this.request.headers.get('Expires') ?? '';
    if (/^\d{1,5}$/.test(expires) && Number(expires) <= LONGEST_EXPIRY_SECONDS) {
      // RFC 3261, section 13.3.1. It must not keep the process running.
      this.#expiry = setTimeout(() => this.#cancel(), Number(expires) * 1000).unref();
    }
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

  /** The offer, or `''` when the INVITE has none. */
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
   * Sends 200, retransmits it until the ACK, and then resolves with the dialog (already ended, if the
   * caller's BYE arrived before its ACK). If the INVITE has no offer, `sdp` is our offer and the ACK's body
   * becomes `remoteSdp`.
   *
   * Rejects with code `ACK_TIMEOUT` when no ACK arrives within 64*T1 (a BYE has been sent), and with
   * `NOT_PENDING` when the INVITE is settled already.
   */
  accept(options: ResponseOptions = {}): Promise<Dialog> {
    if (this.#state !== 'pending') {
      return Promise.reject(new SipAgentError('NOT_PENDING', `the INVITE is ${this.#state}`));
    }
    this.#settle('accepted');
    const dialog = Dialog.accepting(this.#context, this.#transaction, this.#contact, options.sdp ?? '');
    const response = makeResponse(this.#transaction, 200, options, this.#own);
    return new Promise((resolve, reject) => {
      dialog.once('ended', (by) => by === 'ack-timeout' || resolve(dialog));
      dialog.sendOk(this.#transaction, response, {
        onAcknowledged: () => resolve(dialog),
        onTimeout: () => reject(new SipAgentError('ACK_TIMEOUT', 'no ACK came for the 200')),
      });
    });
  }

  /** Sends a final response of 300 to 699; nothing once the INVITE is settled. */
  reject(status: number, options: ResponseOptions = {}): void {
    if (this.#state !== 'pending') return;
    this.#settle('rejected');
    this.#respond(status, options);
  }

  #cancel(): void {
    if (this.#state !== 'pending') return;
    this.#settle('cancelled');
    this.#respond(487);
    this.emit('cancelled');
  }

  #settle(state: 'accepted' | 'rejected' | 'cancelled'): void {
    this.#state = state;
    clearTimeout(this.#expiry);
  }

  get #own() {
    return { contact: this.#contact, userAgent: this.#context.userAgent };
  }

  #respond(status: number, options: ResponseOptions = {}): void {
    this.#transaction.respond(makeResponse(this.#transaction, status, options, this.#own));
  }
}

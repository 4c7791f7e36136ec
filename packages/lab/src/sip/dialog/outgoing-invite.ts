/** An INVITE of the agent until it is settled. */
import { EventEmitter } from 'node:events';
import { answerChallenge, type Credentials } from '../message/digest.js';
import { type HeaderValues, SipHeaders } from '../message/headers.js';
import { newCallId, newTag } from '../message/identifiers.js';
import { cseqOf, type SipRequest, type SipResponse, tagOf } from '../message/message.js';
import { ALLOWED_METHODS } from '../message/response.js';
import type { ClientTransaction } from '../transaction/transaction-types.js';
import { Dialog, type DialogContext } from './dialog.js';
import { stateAsCaller } from './dialog-state.js';

export interface InviteOptions {
  /** The request URI; `;transport=tcp` chooses TCP. */
  readonly uri: string;
  /** The From URI or name-addr, without tag; default `<sip:lab@host:port>`. */
  readonly from?: string;
  /** The To URI or name-addr; default the request URI. */
  readonly to?: string;
  /** The offer; without it, the callee makes one. */
  readonly sdp?: string;
  /** Makes the answer to the 200's offer when `sdp` is not given; it is sent in the ACK. */
  readonly answer?: (offer: string) => string;
  readonly headers?: HeaderValues;
  readonly callId?: string;
  /** `sip:host:port` to send it to instead of where the request URI points. */
  readonly proxy?: string;
  /** Tried once on a 401 or 407. */
  readonly auth?: Credentials;
}

export type InviteOutcome =
  | { readonly kind: 'answered'; readonly dialog: Dialog; readonly response: SipResponse }
  /** Any other final response, including local ones: 408 when none arrived, 503 when it could not be sent. */
  | { readonly kind: 'refused'; readonly response: SipResponse };

export interface OutgoingInviteEvents {
  provisional: [SipResponse];
}

export class OutgoingInvite extends EventEmitter<OutgoingInviteEvents> {
  /** As first sent, before any credentials. */
  readonly request: SipRequest;
  /**
   * Never rejects. A second, forked 200 is acknowledged and released. A 200 that crossed our CANCEL is still
   * `answered`: the caller of this class releases it.
   */
  readonly outcome: Promise<InviteOutcome>;
  readonly #context: DialogContext;
  readonly #options: InviteOptions;
  #resolve: (outcome: InviteOutcome) => void = () => {};
  #transaction: ClientTransaction;
  #isCancelled = false;
  #hasTriedAuth = false;
  #dialog: Dialog | undefined;

  constructor(context: DialogContext, options: InviteOptions, contact: string) {
    super();
    this.#context = context;
    this.#options = options;
    this.request = inviteFor(options, contact, context.userAgent);
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#transaction = this.#send(this.request);
  }

  /** Sends CANCEL, as soon as a provisional response allows it; nothing once settled. */
  cancel(headers?: HeaderValues): void {
    this.#isCancelled = true;
    this.#transaction.cancel(headers);
  }

  #send(invite: SipRequest): ClientTransaction {
    const request: SipRequest = { ...invite, headers: invite.headers.clone() };
    const nextHop = this.#options.proxy ?? request.uri;
    return this.#context.layer.send(request, nextHop, (response) => this.#receive(request, response));
  }

  #receive(request: SipRequest, response: SipResponse): void {
    if (response.status < 200) this.emit('provisional', response);
    else if (response.status < 300) this.#receiveOk(request, response);
    else if ((response.status === 401 || response.status === 407) && this.#retry(response)) return;
    else this.#resolve({ kind: 'refused', response });
  }

  #receiveOk(request: SipRequest, response: SipResponse): void {
    if (this.#dialog?.remoteTag === tagOf(response, 'To')) {
      this.#dialog?.acknowledge(response);
      return;
    }
    const offered = this.#options.sdp;
    const answer = offered === undefined ? (this.#options.answer?.(response.body) ?? '') : '';
    const state = stateAsCaller(request, response);
    const dialog = new Dialog(this.#context, state, offered ?? answer, response.body);
    dialog.acknowledge(response, answer);
    if (this.#dialog !== undefined) {
      void dialog.bye();
      return;
    }
    this.#dialog = dialog;
    this.#resolve({ kind: 'answered', dialog, response });
  }

  /** Sends it again with credentials; returns whether it did. */
  #retry(response: SipResponse): boolean {
    const { auth } = this.#options;
    if (auth === undefined || this.#hasTriedAuth || this.#isCancelled) return false;
    const header = answerChallenge(this.request, response, auth);
    if (header === undefined) return false;
    this.#hasTriedAuth = true;
    const next: SipRequest = { ...this.request, headers: this.request.headers.clone() };
    next.headers.set('CSeq', `${cseqOf(this.request).number + 1} INVITE`).set(...header);
    this.#transaction = this.#send(next);
    return true;
  }
}

function inviteFor(options: InviteOptions, contact: string, userAgent: string): SipRequest {
  const headers = new SipHeaders()
    .set('Max-Forwards', '70')
    .set('From', `${bracketed(options.from ?? contact)};tag=${newTag()}`)
    .set('To', bracketed(options.to ?? options.uri))
    .set('Call-ID', options.callId ?? newCallId())
    .set('CSeq', '1 INVITE')
    .set('Contact', contact)
    .set('Allow', ALLOWED_METHODS)
    .set('User-Agent', userAgent)
    .assign(options.headers ?? {});
  const body = options.sdp ?? '';
  if (body !== '' && !headers.has('Content-Type')) headers.set('Content-Type', 'application/sdp');
  return { kind: 'request', method: 'INVITE', uri: options.uri, headers, body };
}

function bracketed(address: string): string {
  return address.includes('<') ? address : `<${address}>`;
}

/** A SIP user agent over UDP and TCP on one port; the lab's callees and its FreeSWITCH use it. */
import type { Dialog, DialogContext, IncomingRequest, RequestOptions } from './dialog/dialog.js';
import { dialogKey } from './dialog/dialog-state.js';
import { IncomingInvite } from './dialog/incoming-invite.js';
import { type InviteOptions, OutgoingInvite } from './dialog/outgoing-invite.js';
import { SipHeaders } from './message/headers.js';
import { newCallId, newTag } from './message/identifiers.js';
import { type SipMessage, type SipRequest, type SipResponse, tagOf } from './message/message.js';
import { ALLOWED_METHODS, makeResponse, type ResponseOptions } from './message/response.js';
import { hostPort } from './message/uri.js';
import { SipLog, type SipLogOptions } from './sip-log.js';
import { InviteServerTransaction } from './transaction/invite-server-transaction.js';
import { timerValues } from './transaction/timers.js';
import { TransactionLayer } from './transaction/transaction-layer.js';
import type { ServerTransaction } from './transaction/transaction-types.js';
import { Transport } from './transport/transport.js';

export interface SipAgentOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** For both UDP and TCP; default 0: a free one. */
  readonly port?: number;
  /** RFC 3261's T1 in milliseconds; T2 is 8 times and every time limit 64 times that. Default 500. */
  readonly t1Ms?: number;
  /** The `User-Agent` and `Server` header. Default `outdial-lab`. */
  readonly userAgent?: string;
  readonly log?: SipLogOptions;
  /** A request outside a dialog for which this returns true is logged and never answered. */
  readonly isIgnored?: (request: SipRequest) => boolean;
  /** Called with errors that were handled: malformed messages, transport errors. */
  readonly onProblem?: (what: string) => void;
}

export class SipAgent {
  readonly log: SipLog;
  readonly #transport: Transport;
  readonly #context: DialogContext;
  readonly #isIgnored: (request: SipRequest) => boolean;
  #onInvite: ((call: IncomingInvite) => void) | undefined;
  #onRequest: ((request: IncomingRequest) => void) | undefined;

  private constructor(transport: Transport, options: SipAgentOptions) {
    this.#transport = transport;
    this.#isIgnored = options.isIgnored ?? (() => false);
    this.log = new SipLog(options.log);
    const timers = timerValues(options.t1Ms);
    const layer = new TransactionLayer(
      { transport, timers, log: this.log, onProblem: options.onProblem ?? (() => {}) },
      {
        onRequest: (transaction) => this.#receive(transaction),
        onAck: (ack) => this.#dialogOf(ack, 'From')?.receiveAck(ack),
        // A 2xx that arrives after its transaction ended still needs its ACK.
        onStrayResponse: (response) => {
          if (response.status >= 200 && response.status < 300) {
            this.#dialogOf(response, 'To')?.acknowledge(response);
          }
        },
      },
    );
    this.#context = { layer, timers, userAgent: options.userAgent ?? 'outdial-lab', dialogs: new Map() };
  }

  /** Binds UDP and TCP. Rejects with the socket's error when the port is taken. */
  static async start(options: SipAgentOptions = {}): Promise<SipAgent> {
    const transport = await Transport.start(options.host ?? '127.0.0.1', options.port ?? 0);
    return new SipAgent(transport, options);
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#transport.address;
  }

  /** The dialogs that are up. */
  get dialogs(): readonly Dialog[] {
    return [...this.#context.dialogs.values()];
  }

  /** Called with each new INVITE outside a dialog; without a handler they get 480. */
  onInvite(handler: (call: IncomingInvite) => void): void {
    this.#onInvite = handler;
  }

  /** Called with other requests outside a dialog; without a handler OPTIONS gets 200 and the others 405. */
  onRequest(handler: (request: IncomingRequest) => void): void {
    this.#onRequest = handler;
  }

  invite(options: InviteOptions): OutgoingInvite {
    return new OutgoingInvite(this.#context, options, this.#contact(options.proxy ?? options.uri));
  }

  /**
   * A request outside a dialog (OPTIONS, REGISTER, ...); resolves with its final response, local 408 and 503
   * included.
   */
  request(method: string, uri: string, options: RequestOptions = {}): Promise<SipResponse> {
    const contact = this.#contact(uri);
    const headers = new SipHeaders()
      .set('Max-Forwards', '70')
      .set('From', `${contact};tag=${newTag()}`)
      .set('To', `<${uri}>`)
      .set('Call-ID', newCallId())
      .set('CSeq', `1 ${method}`)
      .set('Contact', contact)
      .set('User-Agent', this.#context.userAgent)
      .assign(options.headers ?? {});
    const request: SipRequest = { kind: 'request', method, uri, headers, body: options.body ?? '' };
    return new Promise((resolve) => {
      this.#context.layer.send(request, uri, (response) => {
        if (response.status >= 200) resolve(response);
      });
    });
  }

  /** Closes sockets and timers at once. Dialogs that are up are forgotten, not released. */
  async close(): Promise<void> {
    this.#context.layer.close();
    for (const dialog of this.dialogs) dialog.forget();
    await this.#transport.close();
    await this.log.close();
  }

  #receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (tagOf(request, 'To') !== undefined) {
      const dialog = this.#dialogOf(request, 'From');
      if (dialog === undefined) this.#respond(transaction, 481);
      else dialog.receive(transaction);
    } else if (this.#isIgnored(request)) {
      if (transaction instanceof InviteServerTransaction) transaction.silence();
    } else if (transaction instanceof InviteServerTransaction) {
      this.#receiveInvite(transaction);
    } else if (this.#onRequest !== undefined) {
      this.#onRequest({
        request,
        respond: (status, options) => this.#respond(transaction, status, options),
      });
    } else {
      const status = request.method === 'OPTIONS' ? 200 : 405;
      this.#respond(transaction, status, { headers: { Allow: ALLOWED_METHODS } });
    }
  }

  #receiveInvite(transaction: InviteServerTransaction): void {
    const { protocol } = transaction.peer;
    const via = protocol === 'udp' ? 'sip:' : `sip:;transport=${protocol}`;
    const call = new IncomingInvite(this.#context, transaction, this.#contact(via));
    if (this.#onInvite === undefined) call.reject(480);
    else this.#onInvite(call);
  }

  #respond(transaction: ServerTransaction, status: number, options: ResponseOptions = {}): void {
    const own = { contact: this.#contact('sip:'), userAgent: this.#context.userAgent };
    transaction.respond(makeResponse(transaction, status, options, own));
  }

  /** @param farEnd which header holds the far end's tag: From in its requests, To in its responses */
  #dialogOf(message: SipMessage, farEnd: 'From' | 'To'): Dialog | undefined {
    const remoteTag = tagOf(message, farEnd) ?? '';
    const localTag = tagOf(message, farEnd === 'From' ? 'To' : 'From') ?? '';
    return this.#context.dialogs.get(dialogKey(message.headers.get('Call-ID') ?? '', localTag, remoteTag));
  }

  /** Our Contact for the transport of this URI. */
  #contact(uri: string): string {
    const { host, port } = this.address;
    const transport = /;transport=tcp\b/i.test(uri) ? ';transport=tcp' : '';
    return `<sip:lab@${hostPort(host, port)}${transport}>`;
  }
}

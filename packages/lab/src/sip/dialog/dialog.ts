/** One dialog of the agent (RFC 3261 sections 12 to 15), as caller or callee. */
import { EventEmitter } from 'node:events';
import type { HeaderValues } from '../message/headers.js';
import { cseqOf, responseTo, type SipRequest, type SipResponse } from '../message/message.js';
import { makeResponse, type ResponseOptions } from '../message/response.js';
import type { TimerValues } from '../transaction/timers.js';
import type { TransactionLayer } from '../transaction/transaction-layer.js';
import type { ServerTransaction } from '../transaction/transaction-types.js';
import {
  type DialogState,
  dialogKey,
  nextHopOf,
  refreshTarget,
  requestWithin,
  stateAsCallee,
} from './dialog-state.js';
import { OkRetransmission, type OkRetransmissionListener } from './ok-retransmission.js';

export type { ResponseOptions } from '../message/response.js';

/** A request of the far end, to be answered once. */
export interface IncomingRequest {
  readonly request: SipRequest;
  respond(status: number, options?: ResponseOptions): void;
}

export interface RequestOptions {
  readonly headers?: HeaderValues;
  /** With a `Content-Type` of its own in `headers`, or `application/sdp`. */
  readonly body?: string;
}

export interface DialogEvents {
  /** The far end hung up; its BYE has been answered 200. `ended` follows. */
  bye: [SipRequest];
  /** The dialog has ended: by our `bye()`, by the far end's BYE, or because no ACK arrived for our 200. */
  ended: ['local' | 'remote' | 'ack-timeout'];
  /**
   * A re-INVITE, or an UPDATE with SDP. `remoteSdp` is already the new one. Answer it with `respond`; with no
   * listener it is answered 200 with `localSdp`.
   */
  reinvite: [IncomingRequest];
  /** Any other request (INFO, MESSAGE, REFER, ...); with no listener it is answered 200. */
  request: [IncomingRequest];
}

/** What a dialog uses of its agent. */
export interface DialogContext {
  readonly layer: TransactionLayer;
  readonly timers: TimerValues;
  readonly userAgent: string;
  readonly dialogs: Map<string, Dialog>;
}

export class Dialog extends EventEmitter<DialogEvents> {
  /** Our last offer or answer; `''` before the first. */
  localSdp: string;
  /** The far end's last offer or answer; `''` before the first. */
  remoteSdp: string;
  readonly #state: DialogState;
  readonly #context: DialogContext;
  #isEnded = false;
  #isReinviting = false;
  /** Our 2xx while an ACK with that CSeq number is awaited. */
  #unacked: { readonly cseq: number; readonly ok: OkRetransmission } | undefined;
  #lastAck: SipRequest | undefined;

  constructor(context: DialogContext, state: DialogState, localSdp: string, remoteSdp: string) {
    super();
    this.#context = context;
    this.#state = state;
    this.localSdp = localSdp;
    this.remoteSdp = remoteSdp;
    context.dialogs.set(this.#key, this);
  }

  /** Creates the dialog of an INVITE that is being accepted. */
  static accepting(
    context: DialogContext,
    invite: ServerTransaction,
    contact: string,
    localSdp: string,
  ): Dialog {
    const state = stateAsCallee(invite.request, invite.localTag, contact);
    return new Dialog(context, state, localSdp, invite.request.body);
  }

  get callId(): string {
    return this.#state.callId;
  }

  get localTag(): string {
    return this.#state.localTag;
  }

  get remoteTag(): string {
    return this.#state.remoteTag;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Sends BYE; resolves with its response (a local 408 or 503 when none arrives), or undefined if already
   * ended.
   */
  async bye(headers?: HeaderValues): Promise<SipResponse | undefined> {
    if (this.#isEnded) return undefined;
    const answered = this.#send(requestWithin(this.#state, 'BYE', { headers }));
    this.#end('local');
    return await answered;
  }

  /**
   * Sends a re-INVITE with this SDP and acknowledges its 2xx; resolves with the final response, local ones
   * included.
   */
  async reinvite(sdp: string, headers?: HeaderValues): Promise<SipResponse> {
    const invite = requestWithin(this.#state, 'INVITE', { headers, body: sdp });
    this.#isReinviting = true;
    const response = await this.#send(invite);
    this.#isReinviting = false;
    if (response.status >= 300) return response;
    refreshTarget(this.#state, response);
    this.localSdp = sdp;
    this.remoteSdp = response.body || this.remoteSdp;
    return response;
  }

  /** Sends any other request in the dialog; resolves with its final response, local 408 and 503 included. */
  request(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    return this.#send(requestWithin(this.#state, method, options));
  }

  /** Acknowledges the 2xx to our INVITE; `body` answers an offer in the 2xx. */
  acknowledge(response: SipResponse, body = ''): void {
    if (cseqOf(this.#lastAck ?? response).number !== cseqOf(response).number || this.#lastAck === undefined) {
      this.#lastAck = requestWithin(this.#state, 'ACK', { cseq: cseqOf(response).number, body });
    }
    this.#context.layer.sendAck(this.#lastAck, nextHopOf(this.#state));
  }

  /**
   * Sends our 2xx to an INVITE, and retransmits it until the ACK; without one the dialog is released by BYE.
   */
  sendOk(
    invite: ServerTransaction,
    response: SipResponse,
    listener: Partial<OkRetransmissionListener> = {},
  ): void {
    this.#unacked?.ok.stop();
    const ok = new OkRetransmission(invite, response, this.#context.timers, {
      onAcknowledged: (ack) => {
        this.#unacked = undefined;
        this.remoteSdp = ack.body || this.remoteSdp;
        listener.onAcknowledged?.(ack);
      },
      onTimeout: () => {
        this.#unacked = undefined;
        if (!this.#isEnded) void this.#send(requestWithin(this.#state, 'BYE'));
        this.#end('ack-timeout');
        listener.onTimeout?.();
      },
    });
    this.#unacked = { cseq: cseqOf(response).number, ok };
  }

  /** Handles the ACK of our 2xx. */
  receiveAck(ack: SipRequest): void {
    if (this.#unacked?.cseq === cseqOf(ack).number) this.#unacked.ok.acknowledge(ack);
  }

  /** Handles a request within the dialog. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const cseq = cseqOf(request).number;
    if (cseq < this.#state.remoteCseq) {
      transaction.respond(responseTo(request, 500));
      return;
    }
    this.#state.remoteCseq = cseq;
    if (request.method === 'BYE') this.#receiveBye(transaction);
    else if (request.method === 'INVITE') this.#receiveReinvite(transaction);
    else if (request.method === 'UPDATE' && request.body !== '') this.#receiveOffer(transaction);
    else if (!this.emit('request', this.#incoming(transaction))) this.#respond(transaction, 200);
  }

  /** Stops the timers without sending anything. */
  forget(): void {
    this.#unacked?.ok.stop();
    this.#context.dialogs.delete(this.#key);
  }

  get #key(): string {
    return dialogKey(this.#state.callId, this.#state.localTag, this.#state.remoteTag);
  }

  #receiveBye(transaction: ServerTransaction): void {
    this.#respond(transaction, 200);
    this.emit('bye', transaction.request);
    this.#end('remote');
  }

  #receiveReinvite(transaction: ServerTransaction): void {
    // Two offers crossed: the far end tries again later (14.2).
    if (this.#isReinviting) this.#respond(transaction, 491);
    else this.#receiveOffer(transaction);
  }

  #receiveOffer(transaction: ServerTransaction): void {
    refreshTarget(this.#state, transaction.request);
    this.remoteSdp = transaction.request.body || this.remoteSdp;
    if (!this.emit('reinvite', this.#incoming(transaction))) {
      this.#respond(transaction, 200, { sdp: this.localSdp });
    }
  }

  #incoming(transaction: ServerTransaction): IncomingRequest {
    return {
      request: transaction.request,
      respond: (status, options) => this.#respond(transaction, status, options),
    };
  }

  #respond(transaction: ServerTransaction, status: number, options: ResponseOptions = {}): void {
    const { userAgent } = this.#context;
    const { contact } = this.#state;
    const response = makeResponse(transaction, status, options, { contact, userAgent });
    const isOk = status >= 200 && status < 300;
    if (isOk && options.sdp !== undefined) this.localSdp = options.sdp;
    if (isOk && transaction.request.method === 'INVITE') this.sendOk(transaction, response);
    else transaction.respond(response);
  }

  /** Resolves with the final response; every 2xx of an INVITE is acknowledged as it arrives. */
  #send(request: SipRequest): Promise<SipResponse> {
    if (!request.headers.has('User-Agent')) request.headers.set('User-Agent', this.#context.userAgent);
    return new Promise((resolve) => {
      this.#context.layer.send(request, nextHopOf(this.#state), (response) => {
        if (response.status < 200) return;
        if (request.method === 'INVITE' && response.status < 300) this.acknowledge(response);
        resolve(response);
      });
    });
  }

  #end(by: 'local' | 'remote' | 'ack-timeout'): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.forget();
    this.emit('ended', by);
  }
}

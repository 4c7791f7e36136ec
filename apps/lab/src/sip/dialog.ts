/** One dialog of the agent's (RFC 3261 sections 12 to 15), on whichever side of the call the agent is. */
import { EventEmitter } from 'node:events';
import {
  type DialogState,
  dialogKey,
  nextHopOf,
  refreshTarget,
  requestWithin,
  stateAsCallee,
} from './dialog-state.js';
import type { HeaderValues } from './headers.js';
import { cseqOf, responseTo, type SipRequest, type SipResponse } from './message.js';
import { RepeatedOk, type RepeatedOkListener } from './repeated-ok.js';
import { makeResponse, type ResponseOptions } from './response.js';
import type { TimerValues } from './timers.js';
import type { TransactionLayer } from './transaction-layer.js';
import type { ServerTransaction } from './transaction-types.js';

export type { ResponseOptions } from './response.js';

/** A request the far end sent, to be answered once. */
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
  /** The dialog is over: by our `bye()`, by the far end's BYE, or because no ACK came for our 200. */
  ended: ['local' | 'remote' | 'ack-timeout'];
  /**
   * A re-INVITE, or an UPDATE with SDP. `remoteSdp` is already the new one. Answer it with `respond`; with no listener
   * it is answered 200 with `localSdp`.
   */
  reinvite: [IncomingRequest];
  /** Any other request (INFO, MESSAGE, REFER, ...); with no listener it is answered 200. */
  request: [IncomingRequest];
}

/** What a dialog needs of the agent it belongs to. */
export interface DialogHome {
  readonly layer: TransactionLayer;
  readonly timers: TimerValues;
  readonly userAgent: string;
  readonly dialogs: Map<string, Dialog>;
}

export class Dialog extends EventEmitter<DialogEvents> {
  /** What we last offered or answered; `''` if nothing yet. */
  localSdp: string;
  /** What the far end last offered or answered; `''` if nothing yet. */
  remoteSdp: string;
  readonly #state: DialogState;
  readonly #home: DialogHome;
  #isEnded = false;
  #isReinviting = false;
  /** Our 2xx that waits for an ACK with that CSeq number. */
  #unacked: { readonly cseq: number; readonly ok: RepeatedOk } | undefined;
  #lastAck: SipRequest | undefined;

  constructor(home: DialogHome, state: DialogState, localSdp: string, remoteSdp: string) {
    super();
    this.#home = home;
    this.#state = state;
    this.localSdp = localSdp;
    this.remoteSdp = remoteSdp;
    home.dialogs.set(this.#key, this);
  }

  /** The dialog that accepting this INVITE makes. */
  static accepting(home: DialogHome, invite: ServerTransaction, contact: string, localSdp: string): Dialog {
    const state = stateAsCallee(invite.request, invite.localTag, contact);
    return new Dialog(home, state, localSdp, invite.request.body);
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

  /** Sends BYE; resolves with its answer (a locally made 408 or 503 when none comes), or undefined if already over. */
  async bye(headers?: HeaderValues): Promise<SipResponse | undefined> {
    if (this.#isEnded) return undefined;
    const answered = this.#send(requestWithin(this.#state, 'BYE', { headers }));
    this.#end('local');
    return await answered;
  }

  /** Sends a re-INVITE with this SDP and acknowledges its 2xx; resolves with the final response, local ones included. */
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

  /** Acknowledges the 2xx to an INVITE of ours; `body` answers an offer that the 2xx brought. */
  acknowledge(response: SipResponse, body = ''): void {
    if (cseqOf(this.#lastAck ?? response).number !== cseqOf(response).number || this.#lastAck === undefined) {
      this.#lastAck = requestWithin(this.#state, 'ACK', { cseq: cseqOf(response).number, body });
    }
    this.#home.layer.sendAck(this.#lastAck, nextHopOf(this.#state));
  }

  /** Sends our 2xx to an INVITE, and repeats it until the ACK; without one the dialog is released with BYE. */
  sendOk(invite: ServerTransaction, response: SipResponse, listener: Partial<RepeatedOkListener> = {}): void {
    this.#unacked?.ok.stop();
    const ok = new RepeatedOk(invite, response, this.#home.timers, {
      onAcked: (ack) => {
        this.#unacked = undefined;
        this.remoteSdp = ack.body || this.remoteSdp;
        listener.onAcked?.(ack);
      },
      onGivenUp: () => {
        this.#unacked = undefined;
        if (!this.#isEnded) void this.#send(requestWithin(this.#state, 'BYE'));
        this.#end('ack-timeout');
        listener.onGivenUp?.();
      },
    });
    this.#unacked = { cseq: cseqOf(response).number, ok };
  }

  /** An ACK came for a 2xx of ours. */
  receiveAck(ack: SipRequest): void {
    if (this.#unacked?.cseq === cseqOf(ack).number) this.#unacked.ok.acked(ack);
  }

  /** A request came within the dialog. */
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

  /** Stops its timers; nothing is sent. */
  forget(): void {
    this.#unacked?.ok.stop();
    this.#home.dialogs.delete(this.#key);
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
    // Two offers crossed: the other side is to try again later (14.2).
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
    const { userAgent } = this.#home;
    const { contact } = this.#state;
    const response = makeResponse(transaction, status, options, { contact, userAgent });
    const isOk = status >= 200 && status < 300;
    if (isOk && options.sdp !== undefined) this.localSdp = options.sdp;
    if (isOk && transaction.request.method === 'INVITE') this.sendOk(transaction, response);
    else transaction.respond(response);
  }

  /** Resolves with the final response; every 2xx of an INVITE is acknowledged as it comes. */
  #send(request: SipRequest): Promise<SipResponse> {
    if (!request.headers.has('User-Agent')) request.headers.set('User-Agent', this.#home.userAgent);
    return new Promise((resolve) => {
      this.#home.layer.send(request, nextHopOf(this.#state), (response) => {
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

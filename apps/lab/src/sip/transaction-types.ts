/** What the transaction machines and the layer that keeps them know of each other. */
import type { HeaderValues } from './headers.js';
import type { SipRequest, SipResponse } from './message.js';
import type { Peer } from './transport.js';

/** `local`: made by the stack itself: 408 nothing came, 503 it could not be delivered, 487 cancelled before it was sent. */
export type ResponseSource = 'network' | 'local';

export interface ClientTransaction {
  readonly request: SipRequest;
  /** Where the request went; undefined until a name has been looked up. */
  readonly peer: Peer | undefined;
  start(peer: Peer): void;
  receive(response: SipResponse): void;
  /** Ends it with a local response if nothing has been heard yet. */
  fail(status: 408 | 503, reason?: string): void;
  /** Cancels an INVITE and returns the CANCEL; undefined when there is nothing to cancel. */
  cancel(headers?: HeaderValues): SipRequest | undefined;
  /** Forgets it: no timer fires any more, nothing is reported. */
  stop(): void;
}

export interface ClientTransactionPort {
  send(bytes: Buffer, peer: Peer): void;
  sendCancel(cancel: SipRequest, peer: Peer): void;
  log(message: SipRequest, peer: Peer): void;
  onResponse(response: SipResponse, source: ResponseSource): void;
  onTerminated(): void;
}

export interface ServerTransaction {
  readonly request: SipRequest;
  readonly peer: Peer;
  /** The To tag of every response but 100 that does not bring its own. */
  readonly localTag: string;
  /** Sends a response; the same 2xx to an INVITE may be sent again. Nothing once a final one has been sent. */
  respond(response: SipResponse): void;
  /** A retransmission of the request, or the ACK of a non-2xx. */
  receive(request: SipRequest): void;
  stop(): void;
}

export interface ServerTransactionPort {
  send(bytes: Buffer): void;
  log(message: SipResponse): void;
  onTerminated(): void;
}

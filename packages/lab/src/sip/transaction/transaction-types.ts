/** The interfaces between the transactions and the layer that keeps them. */
import type { HeaderValues } from '../message/headers.js';
import type { SipRequest, SipResponse } from '../message/message.js';
import type { Peer } from '../transport/transport.js';

/**
 * `local`: made by the stack itself: 408 no response, 503 not deliverable, 487 cancelled before it was sent.
 */
export type ResponseSource = 'network' | 'local';

export interface ClientTransaction {
  readonly request: SipRequest;
  /** Where the request was sent; undefined until its name has been resolved. */
  readonly peer: Peer | undefined;
  start(peer: Peer): void;
  receive(response: SipResponse): void;
  /** Ends it with a local response unless a response has arrived. */
  fail(status: 408 | 503, reason?: string): void;
  /** Cancels an INVITE and returns the CANCEL; undefined when there is nothing to cancel. */
  cancel(headers?: HeaderValues): SipRequest | undefined;
  /** Stops its timers; nothing is reported afterwards. */
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
  /** The To tag of every response, except 100 and those with a tag of their own. */
  readonly localTag: string;
  /** Sends a response; a 2xx to an INVITE may be sent again. Does nothing once a final one has been sent. */
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

/**
 * Keeps the transactions: sends requests, and dispatches incoming messages to their transactions (RFC 3261
 * section 17).
 */
import { newBranch } from '../message/identifiers.js';
import {
  parseMessage,
  responseTo,
  type SipRequest,
  type SipResponse,
  serialise,
} from '../message/message.js';
import { protocolOf } from '../message/uri.js';
import { clientKey, formatVia, noteSource, responsePeer, sentBy, serverKey } from '../message/via.js';
import type { SipLog } from '../sip-log.js';
import { lookUpPeer, peerOf } from '../transport/resolver.js';
import { type Peer, peerKey, type Transport } from '../transport/transport.js';
import { InviteClientTransaction } from './invite-client-transaction.js';
import { InviteServerTransaction } from './invite-server-transaction.js';
import { RequestClientTransaction } from './request-client-transaction.js';
import { RequestServerTransaction } from './request-server-transaction.js';
import type { TimerValues } from './timers.js';
import type {
  ClientTransaction,
  ClientTransactionPort,
  ResponseSource,
  ServerTransaction,
  ServerTransactionPort,
} from './transaction-types.js';

/** The transaction user (RFC 3261 section 5): an agent's dialogs, or the drachtio server. */
export interface TransactionUser {
  /** A new request. Set an INVITE's `onCancel` synchronously. */
  onRequest(transaction: ServerTransaction): void;
  /** The ACK of a 2xx, which belongs to no transaction. */
  onAck(ack: SipRequest, peer: Peer): void;
  /** A response that matches no transaction. */
  onStrayResponse(response: SipResponse, peer: Peer): void;
}

export interface LayerParts {
  readonly transport: Transport;
  readonly timers: TimerValues;
  readonly log: SipLog;
  readonly onProblem: (what: string) => void;
}

const NO_PEER: Peer = { protocol: 'udp', host: '', port: 0 };

export type ResponseListener = (response: SipResponse, source: ResponseSource) => void;

export class TransactionLayer {
  readonly #parts: LayerParts;
  readonly #user: TransactionUser;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  #isClosed = false;

  constructor(parts: LayerParts, user: TransactionUser) {
    this.#parts = parts;
    this.#user = user;
    parts.transport.on('message', (text, peer) => this.#receive(text, peer));
    parts.transport.on('failed', (peer, error) => this.#fail(peer, error));
  }

  /** The number of transactions. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /**
   * Sends a request in a new transaction; the topmost Via is added.
   * @param nextHop the URI to send it to
   * @param onResponse every provisional response, the final one (a local one if none arrives), repeated and
   *   forked 2xx
   */
  send(request: SipRequest, nextHop: string, onResponse: ResponseListener): ClientTransaction {
    const branch = newBranch();
    request.headers.prepend('Via', this.#viaFor(nextHop, branch));
    const transaction = this.#newClient(request, onResponse);
    const peer = peerOf(nextHop);
    if (peer === 'lookUp') void lookUpPeer(nextHop).then((found) => this.#startAt(transaction, found));
    // Deferred: a local 503 must not be reported before the caller has the transaction.
    else queueMicrotask(() => this.#startAt(transaction, peer));
    return transaction;
  }

  /** Sends the ACK of a 2xx outside any transaction; the topmost Via is added. */
  sendAck(ack: SipRequest, nextHop: string): void {
    if (!ack.headers.has('Via')) ack.headers.prepend('Via', this.#viaFor(nextHop, newBranch()));
    const peer = peerOf(nextHop);
    if (peer !== undefined && peer !== 'lookUp') this.#sendAckTo(ack, peer);
    else if (peer === 'lookUp')
      void lookUpPeer(nextHop).then((found) => found && this.#sendAckTo(ack, found));
  }

  /** Drops every transaction without reporting anything. */
  close(): void {
    this.#isClosed = true;
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.stop();
    this.#clients.clear();
    this.#servers.clear();
  }

  #viaFor(nextHop: string, branch: string): string {
    const protocol = protocolOf(nextHop);
    const { host, port, tlsPort } = this.#parts.transport.address;
    return formatVia(protocol, host, protocol === 'tls' ? (tlsPort ?? port) : port, branch);
  }

  #sendAckTo(ack: SipRequest, peer: Peer): void {
    this.#parts.log.record('out', ack, peer);
    this.#parts.transport.sendRequest(serialise(ack), peer);
  }

  #newClient(request: SipRequest, onResponse: ResponseListener): ClientTransaction {
    const key = clientKey(request);
    const port: ClientTransactionPort = {
      send: (bytes, peer) => this.#parts.transport.sendRequest(bytes, peer),
      sendCancel: (cancel, peer) => this.#newClient(cancel, () => {}).start(peer),
      log: (message, peer) => this.#parts.log.record('out', message, peer),
      onResponse: (response, source) => {
        if (source === 'network') this.#parts.log.record('in', response, transaction.peer ?? NO_PEER);
        onResponse(response, source);
      },
      onTerminated: () => this.#clients.delete(key),
    };
    const Machine = request.method === 'INVITE' ? InviteClientTransaction : RequestClientTransaction;
    const transaction = new Machine(request, port, this.#parts.timers);
    this.#clients.set(key, transaction);
    return transaction;
  }

  #startAt(transaction: ClientTransaction, peer: Peer | undefined): void {
    if (this.#isClosed) return;
    if (peer === undefined) transaction.fail(503, 'DNS Error');
    else transaction.start(peer);
  }

  #receive(text: string, peer: Peer): void {
    if (this.#isClosed) return;
    const outcome = parseMessage(text);
    if (outcome.kind === 'malformed') {
      this.#parts.onProblem(`malformed message from ${peerKey(peer)}: ${outcome.why}`);
    } else if (outcome.message.kind === 'response') {
      this.#receiveResponse(outcome.message, peer);
    } else {
      this.#receiveRequest(outcome.message, peer);
    }
  }

  #receiveResponse(response: SipResponse, peer: Peer): void {
    const transaction = this.#clients.get(clientKey(response));
    if (transaction === undefined) this.#user.onStrayResponse(response, peer);
    else transaction.receive(response);
  }

  #receiveRequest(request: SipRequest, source: Peer): void {
    noteSource(request, source);
    const known = this.#servers.get(serverKey(request));
    if (request.method === 'ACK') {
      this.#parts.log.record('in', request, source);
      if (known instanceof InviteServerTransaction && known.state !== 'accepted') known.receive(request);
      else this.#user.onAck(request, source);
      return;
    }
    if (known !== undefined) {
      known.receive(request);
      return;
    }
    this.#parts.log.record('in', request, source);
    if (request.method === 'INVITE') {
      this.#user.onRequest(
        this.#keep(
          request,
          source,
          (port) => new InviteServerTransaction(request, source, port, this.#parts.timers),
        ),
      );
    } else if (request.method === 'CANCEL') this.#receiveCancel(request, source);
    else this.#user.onRequest(this.#newServer(request, source));
  }

  #receiveCancel(cancel: SipRequest, source: Peer): void {
    const invite = this.#servers.get(serverKey(cancel, 'INVITE'));
    const isKnown = invite instanceof InviteServerTransaction;
    const transaction = this.#newServer(cancel, source, invite?.localTag);
    if (isKnown && invite.isSilent) return;
    const response = responseTo(cancel, isKnown ? 200 : 481);
    response.headers.set('To', `${cancel.headers.get('To')};tag=${transaction.localTag}`);
    transaction.respond(response);
    if (isKnown && invite.state === 'proceeding') invite.onCancel(cancel);
  }

  #newServer(request: SipRequest, source: Peer, localTag?: string): RequestServerTransaction {
    return this.#keep(
      request,
      source,
      (port) => new RequestServerTransaction(request, source, port, this.#parts.timers, localTag),
    );
  }

  #keep<T extends ServerTransaction>(
    request: SipRequest,
    source: Peer,
    make: (port: ServerTransactionPort) => T,
  ): T {
    const key = serverKey(request);
    const target = responsePeer(request, source);
    const fallback = sentBy(request, source);
    const transaction = make({
      send: (bytes) => this.#parts.transport.sendResponse(bytes, target, fallback),
      log: (response) => this.#parts.log.record('out', response, target),
      onTerminated: () => this.#servers.delete(key),
    });
    this.#servers.set(key, transaction);
    return transaction;
  }

  #fail(peer: Peer, error: Error): void {
    const key = peerKey(peer);
    const waiting = [...this.#clients.values()].filter(
      (t) => t.peer !== undefined && peerKey(t.peer) === key,
    );
    if (waiting.length > 0) this.#parts.onProblem(`${key}: ${error.message}`);
    for (const transaction of waiting) transaction.fail(503);
  }
}

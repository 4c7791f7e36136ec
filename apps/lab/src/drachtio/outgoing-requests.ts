/** What the clients send outside a dialog: the INVITEs with their CANCELs, and single requests. */
import { randomInt, randomUUID } from 'node:crypto';
import { nextHopOf, requestWithin, stateAsCaller } from '../sip/dialog-state.js';
import { newTag } from '../sip/identifiers.js';
import { cseqOf, type SipRequest, type SipResponse, tagOf } from '../sip/message.js';
import type { TransactionLayer } from '../sip/transaction-layer.js';
import type { ClientTransaction, ResponseSource } from '../sip/transaction-types.js';
import type { Peer } from '../sip/transport.js';
import { type AdminClient, NOWHERE } from './admin-client.js';
import { dialogIdFor, type Leg, type Legs } from './legs.js';
import { type Address, completeRequest } from './request-builder.js';

/** An INVITE of a client's that has no final response, or whose 2xx the client has not acknowledged. */
interface Attempt {
  readonly client: AdminClient;
  readonly transactionId: string;
  readonly dialogId: string;
  readonly request: SipRequest;
  readonly nextHop: string;
  isCancelled: boolean;
  leg: Leg | undefined;
}

export class OutgoingRequests {
  readonly #layer: TransactionLayer;
  readonly #legs: Legs;
  readonly #own: Address;
  /** By transaction id: any client may cancel any of them. */
  readonly #invites = new Map<
    string,
    { readonly attempt: Attempt; readonly transaction: ClientTransaction }
  >();
  /** Numbers go up across calls, and do not start at 1. */
  #cseq = randomInt(100_000_000, 200_000_000);

  constructor(layer: TransactionLayer, legs: Legs, own: Address) {
    this.#layer = layer;
    this.#legs = legs;
    this.#own = own;
  }

  /** INVITEs that are not settled. */
  get size(): number {
    return this.#invites.size;
  }

  /** @param proxy where to send it instead of where its URI points; throws RequestRefused */
  send(client: AdminClient, messageId: string, sketch: SipRequest, proxy: string | undefined): void {
    const nextHop = proxy ?? sketch.uri;
    const request = completeRequest(sketch, this.#own, nextHop, () => this.#cseq++);
    const transactionId = randomUUID();
    const dialogId = dialogIdFor(request.headers.get('Call-ID') ?? '', tagOf(request, 'From') ?? '');
    const attempt: Attempt = {
      ...{ client, transactionId, dialogId, request, nextHop },
      isCancelled: false,
      leg: undefined,
    };
    const transaction = this.#layer.send(request, nextHop, (response, source) =>
      this.#receive(attempt, response, source, transaction.peer),
    );
    if (request.method === 'INVITE') this.#invites.set(transactionId, { attempt, transaction });
    client.replySent(messageId, request, this.#ownPeer(nextHop), transactionId);
  }

  /** Cancels an INVITE by its transaction id, whichever client sent it. The CANCEL's own answer is never passed on. */
  cancel(client: AdminClient, messageId: string, transactionId: string, sketch: SipRequest): void {
    const found = this.#invites.get(transactionId);
    if (found === undefined) {
      client.reply(messageId, 'NOK', `unable to cancel unknown transaction id: ${transactionId}`);
      return;
    }
    const { attempt, transaction } = found;
    attempt.isCancelled = true;
    const reason = sketch.headers.get('Reason');
    const cancel = transaction.cancel(reason === undefined ? {} : { Reason: reason });
    if (cancel === undefined) {
      client.reply(messageId, 'NOK', `internal server error canceling transaction id: ${transactionId}`);
    } else client.replySent(messageId, cancel, this.#ownPeer(attempt.nextHop), randomUUID());
  }

  /** The client has acknowledged the 2xx, or the leg is over: the INVITE can be forgotten. */
  settle(leg: Leg): void {
    this.#invites.delete(leg.transactionId);
  }

  clear(): void {
    this.#invites.clear();
  }

  #receive(attempt: Attempt, response: SipResponse, source: ResponseSource, peer: Peer | undefined): void {
    // drachtio-server keeps 100 to itself.
    if (response.status === 100) return;
    if (attempt.request.method === 'INVITE') {
      if (response.status >= 300) this.#invites.delete(attempt.transactionId);
      else if (response.status >= 200 && !this.#isFirstOk(attempt, response)) return;
    }
    if (source === 'local') response.headers.set('To', `${response.headers.get('To')};tag=${newTag()}`);
    if (!attempt.client.isConnected) return;
    const from = source === 'local' ? NOWHERE : (peer ?? NOWHERE);
    attempt.client.forward(response, 'network', from, attempt.transactionId, attempt.dialogId);
  }

  /** Notes the leg of a first 2xx; a repeated one is acknowledged again, a forked one released. */
  #isFirstOk(attempt: Attempt, response: SipResponse): boolean {
    const { leg } = attempt;
    if (leg === undefined) {
      attempt.leg = {
        dialogId: attempt.dialogId,
        state: stateAsCaller(attempt.request, response),
        owner: attempt.client,
        transactionId: attempt.transactionId,
        inviteCseq: cseqOf(response).number,
        ack: undefined,
        endsOnAck: attempt.isCancelled,
        unacked: undefined,
      };
      this.#legs.add(attempt.leg);
      return true;
    }
    if (leg.state.remoteTag === (tagOf(response, 'To') ?? '')) {
      if (leg.ack !== undefined) this.#layer.sendAck(leg.ack, nextHopOf(leg.state));
    } else {
      this.#releaseFork(attempt, response);
    }
    return false;
  }

  /** No client could tell it from a repetition, so its leg would stay up for ever. */
  #releaseFork(attempt: Attempt, response: SipResponse): void {
    const state = stateAsCaller(attempt.request, response);
    this.#layer.sendAck(requestWithin(state, 'ACK', { cseq: cseqOf(response).number }), nextHopOf(state));
    this.#layer.send(requestWithin(state, 'BYE'), nextHopOf(state), () => {});
  }

  #ownPeer(nextHop: string): Peer {
    return { protocol: /;transport=tcp\b/i.test(nextHop) ? 'tcp' : 'udp', ...this.#own };
  }
}

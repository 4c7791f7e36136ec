/** The clients' requests outside a dialog: INVITEs with their CANCELs, and single requests. */
import { randomInt, randomUUID } from 'node:crypto';
import { nextHopOf, stateAsCaller, targetOf } from '../sip/dialog/dialog-state.js';
import { newTag } from '../sip/message/identifiers.js';
import { cseqOf, type SipRequest, type SipResponse, tagOf } from '../sip/message/message.js';
import type { TransactionLayer } from '../sip/transaction/transaction-layer.js';
import type { ClientTransaction, ResponseSource } from '../sip/transaction/transaction-types.js';
import type { Peer, TransportAddress } from '../sip/transport/transport.js';
import { type AdminClient, NO_PEER } from './admin-client.js';
import { dialogIdFor, type Leg, type Legs } from './legs.js';
import { completeRequest, ownPeer } from './request-builder.js';
import type { SessionTimers } from './session-timers.js';

/** A client's INVITE without a final response, or whose 2xx the client has not acknowledged. */
interface Attempt {
  readonly client: AdminClient;
  readonly transactionId: string;
  readonly dialogId: string;
  readonly request: SipRequest;
  readonly nextHop: string;
  isCancelled: boolean;
  /** A final response has arrived. */
  isSettled: boolean;
  /** Of the last reliable provisional response. */
  rseq: number | undefined;
  leg: Leg | undefined;
}

export class OutgoingRequests {
  readonly #layer: TransactionLayer;
  readonly #legs: Legs;
  readonly #own: TransportAddress;
  readonly #sessionTimers: SessionTimers;
  /** By transaction id; any client may cancel any of them. */
  readonly #invites = new Map<
    string,
    { readonly attempt: Attempt; readonly transaction: ClientTransaction }
  >();
  /** CSeq numbers increase across calls and do not start at 1. */
  #cseq = randomInt(100_000_000, 200_000_000);

  constructor(layer: TransactionLayer, legs: Legs, own: TransportAddress, sessionTimers: SessionTimers) {
    this.#sessionTimers = sessionTimers;
    this.#layer = layer;
    this.#legs = legs;
    this.#own = own;
  }

  /** The number of INVITEs that are not settled. */
  get size(): number {
    return this.#invites.size;
  }

  /** Sends a request to `proxy`, or where its URI points. Throws RequestRejected. */
  send(client: AdminClient, messageId: string, draft: SipRequest, proxy: string | undefined): void {
    const nextHop = proxy ?? draft.uri;
    const request = completeRequest(draft, this.#own, nextHop, () => this.#cseq++);
    const transactionId = randomUUID();
    if (request.method === 'ACK') {
      this.#layer.sendAck(request, nextHop);
      client.replyMessageSent(messageId, request, this.#ownPeer(nextHop), transactionId);
      return;
    }
    const dialogId = dialogIdFor(request.headers.get('Call-ID') ?? '', tagOf(request, 'From') ?? '');
    const attempt: Attempt = {
      ...{ client, transactionId, dialogId, request, nextHop },
      isCancelled: false,
      isSettled: false,
      rseq: undefined,
      leg: undefined,
    };
    const transaction = this.#layer.send(request, nextHop, (response, source) =>
      this.#receive(attempt, response, source, transaction.peer),
    );
    if (request.method === 'INVITE') this.#invites.set(transactionId, { attempt, transaction });
    client.replyMessageSent(messageId, request, this.#ownPeer(nextHop), transactionId);
  }

  /**
   * Cancels an INVITE by its transaction id, whichever client sent it. The response to the CANCEL is not
   * forwarded.
   */
  cancel(client: AdminClient, messageId: string, transactionId: string, draft: SipRequest): void {
    const found = this.#invites.get(transactionId);
    if (found === undefined) {
      client.reply(messageId, 'NOK', `unable to cancel unknown transaction id: ${transactionId}`);
      return;
    }
    const { attempt, transaction } = found;
    attempt.isCancelled = true;
    const reason = draft.headers.get('Reason');
    const cancel = transaction.cancel(reason === undefined ? {} : { Reason: reason });
    if (cancel === undefined) {
      client.reply(messageId, 'NOK', `internal server error canceling transaction id: ${transactionId}`);
    } else client.replyMessageSent(messageId, cancel, this.#ownPeer(attempt.nextHop), randomUUID());
  }

  /** The client whose INVITE with this dialog id is pending. */
  callerOf(dialogId: string): AdminClient | undefined {
    for (const { attempt } of this.#invites.values())
      if (attempt.dialogId === dialogId && attempt.leg === undefined) return attempt.client;
    return undefined;
  }

  /** Forgets the INVITE: the client has acknowledged its 2xx, or the leg has ended. */
  settle(leg: Leg): void {
    this.#invites.delete(leg.transactionId);
  }

  clear(): void {
    this.#invites.clear();
  }

  #receive(attempt: Attempt, response: SipResponse, source: ResponseSource, peer: Peer | undefined): void {
    // drachtio-server does not forward 100.
    if (response.status === 100) return;
    if (attempt.request.method === 'INVITE' && !this.#isNewToInvite(attempt, response)) return;
    if (source === 'local') response.headers.set('To', `${response.headers.get('To')};tag=${newTag()}`);
    if (!attempt.client.isConnected) return;
    const from = source === 'local' ? NO_PEER : (peer ?? NO_PEER);
    attempt.client.forward(response, 'network', from, attempt.transactionId, attempt.dialogId);
  }

  /** Updates the INVITE and its leg; returns whether the client gets the response. */
  #isNewToInvite(attempt: Attempt, response: SipResponse): boolean {
    const { status } = response;
    if (status < 200) return this.#isNewProvisional(attempt, response);
    if (attempt.isSettled) {
      // Any later 200, a fork's too, counts as a repetition of the first, whose ACK is sent again.
      const { leg } = attempt;
      if (status === 200 && leg?.ack !== undefined) this.#layer.sendAck(leg.ack, nextHopOf(leg.state));
      return false;
    }
    attempt.isSettled = true;
    if (status === 200) {
      this.#confirm(attempt, response);
    } else {
      // Only a 200 makes a dialog; another 2xx is never acknowledged.
      this.#invites.delete(attempt.transactionId);
      if (attempt.leg !== undefined) this.#legs.remove(attempt.leg);
    }
    return true;
  }

  /** A reliable one creates the leg. A repeated one, and one that leaves a gap, are dropped (RFC 3262 section 4). */
  #isNewProvisional(attempt: Attempt, response: SipResponse): boolean {
    if (attempt.isSettled) return false;
    const rseq = Number(response.headers.get('RSeq') ?? Number.NaN);
    if (!Number.isInteger(rseq)) return true;
    if (attempt.rseq !== undefined && rseq !== attempt.rseq + 1) return false;
    attempt.rseq = rseq;
    if (attempt.leg === undefined) this.#createLeg(attempt, response);
    return true;
  }

  #confirm(attempt: Attempt, response: SipResponse): void {
    const leg = attempt.leg ?? this.#createLeg(attempt, response);
    const { localCseq, remoteCseq } = leg.state;
    leg.state = { ...stateAsCaller(attempt.request, response), localCseq, remoteCseq };
    leg.hasTarget = targetOf(response) !== undefined;
    leg.endsOnAck = attempt.isCancelled;
    this.#sessionTimers.answered(leg, response);
  }

  #createLeg(attempt: Attempt, response: SipResponse): Leg {
    const leg: Leg = {
      dialogId: attempt.dialogId,
      state: stateAsCaller(attempt.request, response),
      hasTarget: targetOf(response) !== undefined,
      owner: attempt.client,
      transactionId: attempt.transactionId,
      localSdp: attempt.request.body,
      inviteCseq: cseqOf(response).number,
      ack: undefined,
      endsOnAck: false,
      unacked: undefined,
    };
    attempt.leg = leg;
    this.#legs.add(leg);
    return leg;
  }

  #ownPeer(nextHop: string): Peer {
    return ownPeer(nextHop, this.#own);
  }
}

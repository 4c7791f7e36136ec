/** The dialogs that the server keeps for all its clients; they outlive their client's connection. */
import type { DialogState } from '../sip/dialog/dialog-state.js';
import type { OkRetransmission } from '../sip/dialog/ok-retransmission.js';
import { type SipMessage, type SipRequest, tagOf } from '../sip/message/message.js';
import type { AdminClient } from './admin-client.js';

export interface Leg {
  readonly dialogId: string;
  /** Of the reliable provisional response that created it, then of the 200. */
  state: DialogState;
  /** Whether the 200 had a Contact: without one there is no target to send requests to. */
  hasTarget: boolean;
  /** The client that sent the INVITE; the callee's requests are forwarded to it. */
  readonly owner: AdminClient;
  /** Of the INVITE that created it. */
  readonly transactionId: string;
  /** Our last session description: what a refresh offers. */
  localSdp: string;
  /** The CSeq number of our last INVITE that got a 2xx, and of its ACK. */
  inviteCseq: number;
  /** The last ACK sent; sent again for each retransmission of its 2xx. */
  ack: SipRequest | undefined;
  /** Its 200 crossed a CANCEL: it is released as soon as the client has acknowledged it. */
  endsOnAck: boolean;
  /** The client's 2xx to a re-INVITE while its ACK is awaited. */
  unacked:
    | { readonly cseq: number; readonly transactionId: string; readonly ok: OkRetransmission }
    | undefined;
}

/** drachtio-server's id of a dialog that an INVITE of its own created. */
export function dialogIdFor(callId: string, localTag: string): string {
  return `${callId};from-tag=${localTag}`;
}

/** The id of the dialog that a message from the network belongs to. */
export function dialogIdOf(message: SipMessage): string {
  const localTag = tagOf(message, message.kind === 'request' ? 'To' : 'From');
  return dialogIdFor(message.headers.get('Call-ID') ?? '', localTag ?? '');
}

export class Legs {
  readonly #byId = new Map<string, Leg>();

  get size(): number {
    return this.#byId.size;
  }

  add(leg: Leg): void {
    this.#byId.set(leg.dialogId, leg);
  }

  get(dialogId: string): Leg | undefined {
    return this.#byId.get(dialogId);
  }

  /** The leg that a message from the network belongs to; both tags must match. */
  of(message: SipMessage): Leg | undefined {
    const leg = this.#byId.get(dialogIdOf(message));
    const remoteTag = tagOf(message, message.kind === 'request' ? 'From' : 'To');
    return leg?.state.remoteTag === (remoteTag ?? '') ? leg : undefined;
  }

  remove(leg: Leg): void {
    leg.unacked?.ok.stop();
    if (this.#byId.get(leg.dialogId) === leg) this.#byId.delete(leg.dialogId);
  }

  clear(): void {
    for (const leg of this.#byId.values()) leg.unacked?.ok.stop();
    this.#byId.clear();
  }
}

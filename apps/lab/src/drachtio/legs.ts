/** The dialogs the switch keeps, whoever of its clients made them: they outlive their client's connection. */
import type { DialogState } from '../sip/dialog-state.js';
import { type SipMessage, type SipRequest, tagOf } from '../sip/message.js';
import type { RepeatedOk } from '../sip/repeated-ok.js';
import type { AdminClient } from './admin-client.js';

export interface Leg {
  readonly dialogId: string;
  readonly state: DialogState;
  /** Who asked for the INVITE; requests of the callee's are its. */
  readonly owner: AdminClient;
  /** Of the INVITE that made it. */
  readonly transactionId: string;
  /** The CSeq number of the last INVITE of ours that was answered 2xx: its ACK's as well. */
  inviteCseq: number;
  /** The last ACK sent: repeated whenever its 2xx is. */
  ack: SipRequest | undefined;
  /** Its 200 crossed a CANCEL: it is to be released as soon as the client has acknowledged it. */
  readonly endsOnAck: boolean;
  /** A 2xx of the client's to a re-INVITE, that waits for the ACK. */
  unacked: { readonly cseq: number; readonly transactionId: string; readonly ok: RepeatedOk } | undefined;
}

/** drachtio's name for a dialog of an INVITE that it sent. */
export function dialogIdFor(callId: string, localTag: string): string {
  return `${callId};from-tag=${localTag}`;
}

/** The id of the dialog a message from the network belongs to. */
export function dialogIdOf(message: SipMessage): string {
  const localTag = tagOf(message, message.kind === 'request' ? 'To' : 'From');
  return dialogIdFor(message.headers.get('Call-ID') ?? '', localTag ?? '');
}

export class Legs {
  readonly #byId = new Map<string, Leg>();
  readonly #byCallId = new Map<string, Leg>();

  get size(): number {
    return this.#byId.size;
  }

  add(leg: Leg): void {
    this.#byId.set(leg.dialogId, leg);
    this.#byCallId.set(leg.state.callId, leg);
  }

  get(dialogId: string): Leg | undefined {
    return this.#byId.get(dialogId);
  }

  withCallId(callId: string): Leg | undefined {
    return this.#byCallId.get(callId);
  }

  /** The leg a message from the network belongs to: both tags have to be right. */
  of(message: SipMessage): Leg | undefined {
    const leg = this.#byId.get(dialogIdOf(message));
    const remoteTag = tagOf(message, message.kind === 'request' ? 'From' : 'To');
    return leg?.state.remoteTag === (remoteTag ?? '') ? leg : undefined;
  }

  remove(leg: Leg): void {
    leg.unacked?.ok.stop();
    if (this.#byId.get(leg.dialogId) === leg) this.#byId.delete(leg.dialogId);
    if (this.#byCallId.get(leg.state.callId) === leg) this.#byCallId.delete(leg.state.callId);
  }

  clear(): void {
    for (const leg of this.#byId.values()) leg.unacked?.ok.stop();
    this.#byId.clear();
    this.#byCallId.clear();
  }
}

/**
 * Where a leg of a call lives: enough for another process to end it. Servers are `host:port` as configured. The two stack ids
 * come later, with `invited` and `answered`.
 */
export interface Whereabouts {
  /** The SIP Call-ID, chosen before the INVITE leaves. */
  callId: string;
  /** The drachtio server that the leg lives on. */
  drachtio: string;
  /** The FreeSWITCH server that the endpoint lives on; absent when the worker itself makes the media. */
  freeswitch?: string | undefined;
  /** The FreeSWITCH channel, for `uuid_kill`; absent when there is none. */
  endpointUuid?: string | undefined;
  trunk?: string | undefined;
  /** drachtio's transaction id of the INVITE, for a CANCEL. */
  stackTxnId?: string | undefined;
  /** drachtio's dialog id, for a BYE. */
  stackDialogId?: string | undefined;
  /**
   * Whether the INVITE may still be sent again (challenged, redirected), in a transaction of its own: a call that
   * `stackTxnId` does not lead to may then still be up.
   */
  mayBeResent?: boolean | undefined;
}

import type { Cause } from '../result/causes.js';
import type { CallError } from '../result/outcome-fields.js';
import type { RawCause } from '../result/raw-cause.js';

/**
 * What happened to a leg; `at` is the epoch millisecond at which it was seen. Exactly one of `rejected`, `hungUp`,
 * `released` and `lost` comes, and it comes last.
 */
export type LegEvent = { at: number } & (
  | {
      /** The INVITE left. Comes again, with the new id, when it is sent again with credentials or redirected. */
      type: 'invited';
      stackTxnId: string;
    }
  | {
      /** A provisional response above 100; `rings` for 180 and 183 with SDP. */
      type: 'progressed';
      status: number;
      rings: boolean;
      earlyMedia: boolean;
    }
  | {
      /** 200 OK, acknowledged. Also comes when it crossed our CANCEL: hang it up then. */
      type: 'answered';
      stackDialogId: string;
      /** The encoding name chosen by the callee (`PCMA`), or null when its SDP names none. */
      codec: string | null;
    }
  /** Audio flows between the callee and us. */
  | { type: 'mediaConnected' }
  /** Audio does not flow, or has stopped. */
  | { type: 'mediaFailed'; message: string }
  | {
      /** A final response other than 200 that we did not ask for, or no response at all. */
      type: 'rejected';
      cause: Cause;
      rawCause: RawCause;
      /** Present when the fault is ours, not the callee's. */
      error?: CallError | null;
    }
  | {
      /** The far end's BYE. */
      type: 'hungUp';
      cause: Cause;
      q850: number | null;
    }
  | {
      /** Our CANCEL or BYE is through, or was waited for long enough. */
      type: 'released';
      /** The final response that our CANCEL met (487 as a rule); null after a BYE or when nothing had left. */
      rawCause: RawCause | null;
    }
  | {
      /** What carried the call, or the connection to it, is gone. The callee may still be called. */
      type: 'lost';
      /** `media`: a media thread of the worker. */
      part: 'drachtio' | 'freeswitch' | 'media';
      /** `host:port` of the server; for `media` empty. */
      address: string;
    }
);
export type LegEventType = LegEvent['type'];

import type { CallJob, Cause, ErrorCode, RawCause } from '@outdial/contract';

/** What of a call job matters on the telephone network. `callTo` is in the contract's normal form. */
export interface DialRequest {
  jobId: string;
  callTo: string;
  callFrom?: string | undefined;
  /** `g711a;g711u`, offered in that order; absent: the configuration's `defaultCodecs`. */
  codecs?: string | undefined;
  /** The trunk's name; absent: the first trunk that takes the number. */
  trunk?: string | undefined;
  headers: CallJob['headers'];
  /** Seconds after which the caller will cancel; absent or null: it may ring for ever. Told to the callee. */
  secondsTimeout?: number | null | undefined;
}

/**
 * Where a call lives: enough for another process to end it. Servers are `host:port` as configured. The two
 * stack ids come later, with `invited` and `answered`.
 */
export interface Whereabouts {
  /** The SIP Call-ID, chosen before the INVITE leaves. */
  callId: string;
  drachtio: string;
  freeswitch: string | null;
  /** The FreeSWITCH channel, for `uuid_kill`. */
  endpointUuid: string | null;
  trunk: string | null;
  /** drachtio's transaction id of the INVITE, for a CANCEL. */
  stackTxnId?: string;
  /** drachtio's dialog id, for a BYE. */
  stackDialogId?: string;
  /**
   * Whether the INVITE may be sent anew yet (challenged, redirected), in a transaction of its own: a call that `stackTxnId`
   * does not lead to may then still be up.
   */
  mayBeSentAnew?: boolean;
}

/** A leg with its server, its route and its endpoint, ready to be dialled. Use `dial` or `discard`, once. */
export interface PreparedDial {
  readonly whereabouts: Whereabouts;
  /** Resolves when the INVITE may be sent without overrunning the server, or once the signal aborts. To be awaited first. */
  turn(signal?: AbortSignal): Promise<void>;
  /**
   * Sends the INVITE, unless `mayLeave` (asked in that very moment; default: always true) says no: then `rejected`
   * comes, with an error and without an `invited` before it. No event comes before this returns.
   */
  dial(onEvent: (event: LegEvent) => void, mayLeave?: () => boolean): Leg;
  /** Gives back what was reserved; nobody has been dialled. */
  discard(): Promise<void>;
}

/**
 * What happened to a leg; `at` is the epoch millisecond at which it was seen. Exactly one of `rejected`,
 * `hungUp`, `released` and `lost` comes, and it comes last.
 */
export type LegEvent = { at: number } & (
  | {
      /** The INVITE left. Comes again, with the new id, when it is sent anew with credentials or redirected. */
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
  | { type: 'mediaConnected' }
  | { type: 'mediaFailed'; message: string }
  | {
      /** A final response other than 200 that we did not ask for, or no response at all. */
      type: 'rejected';
      cause: Cause;
      rawCause: RawCause;
      /** Present when the fault is ours, not the callee's. */
      error?: { code: ErrorCode; message: string };
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
      /** The server that carried the call, or the connection to it, is gone. The callee may still be called: see `isGone`. */
      type: 'lost';
      engine: 'drachtio' | 'freeswitch';
      address: string;
    }
);
export type LegEventType = LegEvent['type'];

/** The callee's audio: 8 kHz 16-bit mono, as it comes (20 ms a frame as a rule). */
export type OnFrame = (pcm: Int16Array) => void;

/** `listening: false`: no audio comes, and `message` says why; the call itself goes on. */
export type ListenResult = { listening: true } | { listening: false; message: string };

/** One leg and its endpoint. Commands never throw; a command that comes too late has no effect. */
export interface Leg {
  readonly whereabouts: Whereabouts;
  /**
   * Whether its terminal event came and nothing of it is left on the telephone network. False after a terminal event: its
   * servers could not be told, or have not confirmed, that it is over; the leg sees to it that they are.
   */
  readonly isGone: boolean;
  /**
   * After the terminal event: resolves with true once nothing of the leg is up, or its server has been silent for a minute;
   * with false when the telephony is closed first, so that somebody else has to see to it. Never rejects.
   */
  untilGone(): Promise<boolean>;
  /** Gives the dial up: CANCEL (held back until a provisional response permits it), or BYE once answered. */
  cancel(): void;
  /** Connects the callee's media: `mediaConnected` or `mediaFailed` follows. For answered and early media. */
  connectMedia(): void;
  /** Ends the answered call by BYE; before the answer the same as `cancel`. */
  hangUp(): void;
  /** Waits no longer for the end of a leg that was cancelled or hung up: frees what is held of it here. */
  giveUp(): void;
  /**
   * Hears the callee (only) from now on; resolves when audio can come. `onStopped` says that a stream that
   * had started ended by itself. Early media is heard too when its media is connected.
   */
  listen(onFrame: OnFrame, onStopped?: (message: string) => void): Promise<ListenResult>;
  stopListening(): void;
  /** Plays a FreeSWITCH file or stream to the callee; `stopped`: the call ended first. */
  play(source: string): Promise<'finished' | 'stopped' | 'failed'>;
}

/** How a leg ended that was released without its owner, or after a loss. */
export type LegReport =
  /** Our BYE was answered, or our CANCEL ended it. */
  | 'released'
  /** It was not there any more. */
  | 'gone'
  /** Its server was silent for a minute: it counts as having lost its calls. */
  | 'unreachable'
  /** Its server is none of the configured ones: another process has to release it. */
  | 'elsewhere'
  /** The signal aborted first. */
  | 'stopped';

/** How an endpoint ended; `none`: there was none. */
export type EndpointReport = LegReport | 'none';

export interface ReleaseReport {
  leg: LegReport;
  endpoint: EndpointReport;
}

export interface ServerStatus {
  kind: 'drachtio' | 'freeswitch';
  /** `host:port` as configured. */
  address: string;
  isUp: boolean;
  /** Legs on it (drachtio), or endpoints in use (FreeSWITCH). */
  busyCalls: number;
  /** Endpoints kept for the next dial; 0 for drachtio. */
  idleEndpoints: number;
  /** Why it is down, or null. */
  problem: string | null;
}

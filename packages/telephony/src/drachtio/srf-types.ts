import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/**
 * The parts of drachtio-srf used here, typed as they behave at run time: its own types lack
 * `stackTxnId`, the error of `cbRequest` and the promise of `destroy`.
 */
export interface SipMessage {
  body: string | undefined;
  /** `raw`: the message as it was sent or received. */
  msg: { headers: Record<string, string | string[]>; raw: string };
  /** Empty for a response that drachtio's own stack made up (time-out, nowhere to send to). */
  source_address: string;
  source_port: number;
  /** The transport that it came by. */
  protocol: string;
  /** `application`: made by drachtio itself. */
  source: 'network' | 'application';
  stackTxnId: string;
  stackDialogId: string | undefined;
}

export interface SipRequest extends SipMessage, EventEmitter {
  method: string;
  uri: string;
  cancel(callback: (error: Error | null) => void): void;
}

export interface SipResponse extends SipMessage, EventEmitter {
  status: number;
  reason: string;
  /** The request that it answers. */
  req: SipRequest;
  send(status: number, options?: { body?: string; headers?: Readonly<Record<string, string>> }): void;
}

export interface Dialog extends EventEmitter {
  readonly id: string;
  /** The 200 that made it. */
  readonly res: SipResponse;
  /** The identity of the dialog; tags as we see them. */
  readonly sip: { callId: string; localTag: string; remoteTag: string };
  readonly local: { sdp: string; contact: string };
  readonly remote: { sdp: string };
  /** Called with every request of the far end in this dialog. */
  handle: (request: SipRequest, response: SipResponse) => void;
  destroy(): Promise<unknown>;
}

export interface UacOptions {
  headers?: Record<string, string>;
  localSdp?: string;
  proxy?: string;
}

export interface UacProgress {
  cbRequest?: (error: Error | null, request: SipRequest | undefined) => void;
  cbProvisional?: (response: SipResponse) => void;
}

/** A failed `createUAC`: with `status` and `res` when a final response came. */
export type UacError = Error & { code?: string; status?: number; reason?: string; res?: SipResponse };
export type UacCallback = (error: UacError | null, dialog: Dialog | undefined) => void;

/** The offer of a far end that was invited without one; `ack` sends the answer and makes the dialog. */
export interface OfferedDialog {
  sdp: string;
  ack(answer: string): Promise<Dialog>;
}

export type OfferCallback = (error: UacError | null, offered: OfferedDialog | undefined) => void;

export interface RequestOptions {
  method: string;
  /** Absent: the dialog's own target. */
  uri?: string;
  /** A SIP URI that it is sent to instead of its own URI's host. */
  proxy?: string;
  stackTxnId?: string;
  stackDialogId?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** drachtio-srf's own agent: what is needed to guard and to end its connection. */
export interface Agent {
  wp: EventEmitter & {
    closing?: boolean;
    reconnectVars: { retryTimer: NodeJS.Timeout | null };
    send(socket: Socket, message: string): string;
  };
  mapServer: Map<
    Socket,
    {
      pendingRequests: Map<string, (tokens: string[]) => void>;
      /** Requests that wait for a final response, by transaction id. */
      pendingSipRequests: Map<string, unknown>;
      [name: string]: unknown;
    }
  >;
}

export interface Srf extends EventEmitter {
  readonly app: { readonly client: Agent };
  connect(options: {
    host: string;
    port: number;
    secret: string;
    reconnect: { retryMaxDelay: number };
  }): void;
  createUAC(uri: string, options: UacOptions, progress: UacProgress, callback: UacCallback): void;
  createUAC(
    uri: string,
    options: Omit<UacOptions, 'localSdp'> & { noAck: true },
    progress: UacProgress,
    callback: OfferCallback,
  ): void;
  request(
    uri: string,
    options: RequestOptions,
    callback: (error: Error | null, request: SipRequest) => void,
  ): void;
  /** Takes the OPTIONS outside dialogs that drachtio routes to its clients. */
  options(handler: (request: SipRequest, response: SipResponse) => void): void;
  removeDialog(dialog: Dialog): void;
}

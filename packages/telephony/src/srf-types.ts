import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/**
 * The parts of drachtio-srf used here, typed as they behave at run time: its own types lack `auth` as a
 * function, `stackTxnId`, the error of `cbRequest` and the promise of `destroy`.
 */
export interface SipMessage {
  body: string | undefined;
  msg: { headers: Record<string, string | string[]> };
  /** Empty for a response that drachtio's own stack made up (time-out, nowhere to send to). */
  source_address: string;
  /** `application`: made by drachtio itself. */
  source: 'network' | 'application';
  stackTxnId: string;
  stackDialogId: string | undefined;
}

export interface SipRequest extends SipMessage, EventEmitter {
  cancel(callback: (error: Error | null) => void): void;
}

export interface SipResponse extends SipMessage, EventEmitter {
  status: number;
  reason: string;
  send(status: number, options?: { body?: string; headers?: Record<string, string> }): void;
}

export type Auth = (
  request: SipRequest,
  response: SipResponse,
  callback: (error: Error | null, username?: string, password?: string) => void,
) => void;

export interface Dialog extends EventEmitter {
  readonly id: string;
  readonly local: { sdp: string; contact: string };
  readonly remote: { sdp: string };
  destroy(options?: { auth?: Auth }): Promise<unknown>;
}

export interface UacOptions {
  headers?: Record<string, string>;
  localSdp?: string;
  proxy?: string;
  auth?: Auth;
}

export interface UacProgress {
  cbRequest?: (error: Error | null, request: SipRequest | undefined) => void;
  cbProvisional?: (response: SipResponse) => void;
}

/** A failed `createUAC`: with `status` and `res` when a final response came. */
export type UacError = Error & { code?: string; status?: number; reason?: string; res?: SipResponse };
export type UacCallback = (error: UacError | null, dialog: Dialog | undefined) => void;

export interface RequestOptions {
  method: string;
  stackTxnId?: string;
  stackDialogId?: string;
  headers?: Record<string, string>;
  auth?: Auth;
}

/** drachtio-srf's own agent: what is needed to guard and to end its connection. */
export interface Agent {
  wp: EventEmitter & {
    closing?: boolean;
    reconnectVars: { retryTimer: NodeJS.Timeout | null };
    send(socket: Socket, message: string): string;
  };
  mapServer: Map<Socket, { pendingRequests: Map<string, (tokens: string[]) => void> }>;
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
  request(
    uri: string,
    options: RequestOptions,
    callback: (error: Error | null, request: SipRequest) => void,
  ): void;
  removeDialog(dialog: Dialog): void;
}

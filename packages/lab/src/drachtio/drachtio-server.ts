/**
 * Speaks drachtio-server's admin protocol to its clients, so that drachtio-srf connects to it unchanged, and
 * SIP to the callees. It behaves like drachtio-server 0.9.10 for outbound calls; an incoming call gets 503.
 */
import { responseTo, tagOf } from '../sip/message/message.js';
import { hostPort } from '../sip/message/uri.js';
import { SipLog } from '../sip/sip-log.js';
import { timerValues } from '../sip/transaction/timers.js';
import { TransactionLayer } from '../sip/transaction/transaction-layer.js';
import type { ServerTransaction } from '../sip/transaction/transaction-types.js';
import { Transport, type TransportAddress, type TransportTls } from '../sip/transport/transport.js';
import type { AdminClient } from './admin-client.js';
import type { ClientMessage } from './admin-protocol.js';
import { AdminServer } from './admin-server.js';
import { DialogRequests } from './dialog-requests.js';
import { Legs } from './legs.js';
import { OutgoingRequests } from './outgoing-requests.js';
import { parseDraft, RequestRejected } from './request-builder.js';
import { SessionTimers } from './session-timers.js';

export interface DrachtioServerOptions {
  /** Both the admin port and SIP are bound to it. Default 127.0.0.1. */
  readonly host?: string;
  /** The admin port; default 0: a free one. */
  readonly port?: number;
  /** The secret that clients authenticate with. */
  readonly secret: string;
  /** For SIP over both UDP and TCP; default 0: a free one. */
  readonly sipPort?: number;
  /** For SIP over TLS, on a port of its own; default: there is none. */
  readonly tls?: TransportTls | undefined;
  /** RFC 3261's T1 in milliseconds. Default 500: a silent callee gives 408 after 32 s. */
  readonly t1Ms?: number;
  /** Called with errors that were handled: malformed messages, transport errors. */
  readonly onProblem?: (what: string) => void;
}

const VERSION = 'v0.9.10';
const SESSION_EXPIRED = 'SIP;cause=200;text="Session timer expired"';
/** Sofia-SIP's timer C, in units of T1: 185 s. */
const RING_LIMIT_T1 = 370;

export class DrachtioServer {
  readonly #transport: Transport;
  readonly #layer: TransactionLayer;
  readonly #legs = new Legs();
  readonly #sessionTimers: SessionTimers;
  readonly #outgoing: OutgoingRequests;
  readonly #dialogs: DialogRequests;
  #admin: AdminServer | undefined;

  private constructor(transport: Transport, options: DrachtioServerOptions) {
    this.#transport = transport;
    const timers = {
      ...timerValues(options.t1Ms),
      ringLimitMs: RING_LIMIT_T1 * timerValues(options.t1Ms).t1Ms,
    };
    this.#layer = new TransactionLayer(
      // Tests rely on the callees' log.
      { transport, timers, log: new SipLog({ maxEntries: 0 }), onProblem: options.onProblem ?? (() => {}) },
      {
        onRequest: (transaction) => this.#receive(transaction),
        onAck: (ack, peer) => this.#dialogs.receiveAck(ack, peer),
        onStrayResponse: (response) => this.#dialogs.receiveStray(response),
      },
    );
    const own = transport.address;
    this.#sessionTimers = new SessionTimers(this.#layer, (leg) =>
      this.#dialogs.release(leg, SESSION_EXPIRED),
    );
    this.#outgoing = new OutgoingRequests(this.#layer, this.#legs, own, this.#sessionTimers);
    this.#dialogs = new DialogRequests({
      ...{ layer: this.#layer, timers, legs: this.#legs, own },
      sessionTimers: this.#sessionTimers,
      callerOf: (dialogId) => this.#outgoing.callerOf(dialogId),
      onSettled: (leg) => this.#outgoing.settle(leg),
    });
  }

  /** Rejects with the socket's error when a port is taken. */
  static async start(options: DrachtioServerOptions): Promise<DrachtioServer> {
    const host = options.host ?? '127.0.0.1';
    const transport = await Transport.start(host, options.sipPort ?? 0, options.tls);
    const started = new DrachtioServer(transport, options);
    const sip = hostPort(host, transport.address.port);
    const { tlsPort } = transport.address;
    const secured = tlsPort === null ? '' : `,tls/${hostPort(host, tlsPort)}`;
    const addresses = `tcp/${sip},udp/${sip}${secured}`;
    try {
      started.#admin = await AdminServer.listen({
        ...{ host, port: options.port ?? 0, secret: options.secret },
        greeting: [addresses, VERSION, addresses],
        onSip: (client, message) => started.#receiveSip(client, message),
      });
    } catch (error) {
      await transport.close();
      throw error;
    }
    return started;
  }

  /** The admin port's address. */
  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#transport.address.host, port: this.#admin?.port ?? 0 };
  }

  /** Where SIP is spoken. */
  get sipAddress(): TransportAddress {
    return this.#transport.address;
  }

  /** Current numbers of clients, dialogs, pending INVITEs and transactions. */
  get counts(): { clients: number; dialogs: number; invites: number; transactions: number } {
    return {
      clients: this.#admin?.clientCount ?? 0,
      dialogs: this.#legs.size,
      invites: this.#outgoing.size,
      transactions: this.#layer.size,
    };
  }

  /**
   * Closes; buffered messages are still sent to the clients. Calls that are up are forgotten, not released.
   */
  close(): Promise<void> {
    return this.#close(false);
  }

  /** As SIGKILL does: connections break off, dialogs are forgotten. */
  kill(): Promise<void> {
    return this.#close(true);
  }

  async #close(isAbrupt: boolean): Promise<void> {
    this.#layer.close();
    this.#sessionTimers.clear();
    this.#legs.clear();
    this.#outgoing.clear();
    this.#dialogs.clear();
    await Promise.all([this.#admin?.close(isAbrupt), this.#transport.close()]);
  }

  /** Handles a request from the network. */
  #receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (tagOf(request, 'To') !== undefined) {
      this.#dialogs.receiveRequest(transaction);
      return;
    }
    const client = this.#admin?.clientFor(request.method);
    if (client !== undefined && request.method !== 'INVITE') {
      this.#dialogs.receiveOutside(transaction, client);
      return;
    }
    const response = responseTo(request, 503);
    response.headers.set('To', `${request.headers.get('To')};tag=${transaction.localTag}`);
    transaction.respond(response);
  }

  /** Handles a client's SIP message; its ids tell what it belongs to. */
  #receiveSip(client: AdminClient, { id, fields, sip }: ClientMessage): void {
    const [transactionId = '', dialogId = '', proxy = ''] = fields;
    const draft = parseDraft(sip);
    if (draft.kind === 'response') {
      if (transactionId === '') throw new RequestRejected('transaction id missing');
      this.#dialogs.respond(client, id, transactionId, draft);
      return;
    }
    if (dialogId === '' && transactionId !== '') {
      if (draft.method !== 'CANCEL')
        throw new RequestRejected('only CANCEL can be sent within a transaction');
      this.#outgoing.cancel(client, id, transactionId, draft);
    } else if (dialogId !== '') {
      this.#dialogs.send(client, id, dialogId, draft);
    } else {
      this.#outgoing.send(client, id, draft, proxy === '' ? undefined : proxy);
    }
  }
}

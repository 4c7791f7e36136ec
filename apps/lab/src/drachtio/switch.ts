/**
 * A switch that speaks drachtio-server's admin protocol to its clients, so that drachtio-srf connects to it unchanged, and
 * SIP to the callees. It behaves like drachtio-server 0.9.10 as far as outbound calls go; a call towards it gets 503.
 */
import { responseTo, tagOf } from '../sip/message.js';
import { SipLog } from '../sip/sip-log.js';
import { timerValues } from '../sip/timers.js';
import { TransactionLayer } from '../sip/transaction-layer.js';
import type { ServerTransaction } from '../sip/transaction-types.js';
import { Transport } from '../sip/transport.js';
import { hostPort } from '../sip/uri.js';
import type { AdminClient } from './admin-client.js';
import { AdminServer } from './admin-server.js';
import { DialogRequests } from './dialog-requests.js';
import { Legs } from './legs.js';
import { OutgoingRequests } from './outgoing-requests.js';
import { RequestRefused, readSketch } from './request-builder.js';
import type { ClientMessage } from './wire.js';

export interface DrachtioSwitchOptions {
  /** Both the admin port and SIP are bound to it. Default 127.0.0.1. */
  readonly host?: string;
  /** The admin port; default 0: a free one. */
  readonly port?: number;
  /** What clients authenticate with. */
  readonly secret: string;
  /** For SIP over both UDP and TCP; default 0: a free one. */
  readonly sipPort?: number;
  /** RFC 3261's T1 in milliseconds. Default 500, which makes a silent callee a 408 after 32 s. */
  readonly t1Ms?: number;
  /** Told of what was survived: malformed messages, transport errors. */
  readonly onProblem?: (what: string) => void;
}

const VERSION = 'v0.9.10';
/** Sofia-SIP's timer C, in units of T1: 185 s. */
const RING_LIMIT_T1 = 370;

export class DrachtioSwitch {
  readonly #transport: Transport;
  readonly #layer: TransactionLayer;
  readonly #legs = new Legs();
  readonly #outgoing: OutgoingRequests;
  readonly #dialogs: DialogRequests;
  #admin: AdminServer | undefined;

  private constructor(transport: Transport, options: DrachtioSwitchOptions) {
    this.#transport = transport;
    const timers = {
      ...timerValues(options.t1Ms),
      ringLimitMs: RING_LIMIT_T1 * timerValues(options.t1Ms).t1Ms,
    };
    this.#layer = new TransactionLayer(
      // The callees keep the log that counts.
      { transport, timers, log: new SipLog({ maxEntries: 0 }), onProblem: options.onProblem ?? (() => {}) },
      {
        onRequest: (transaction) => this.#receive(transaction),
        onAck: (ack, peer) => this.#dialogs.receiveAck(ack, peer),
        onStrayResponse: (response) => this.#dialogs.receiveStray(response),
      },
    );
    const own = transport.address;
    this.#outgoing = new OutgoingRequests(this.#layer, this.#legs, own);
    this.#dialogs = new DialogRequests({
      ...{ layer: this.#layer, timers, legs: this.#legs, own },
      onSettled: (leg) => this.#outgoing.settle(leg),
    });
  }

  /** Rejects with the socket's error when a port is taken. */
  static async start(options: DrachtioSwitchOptions): Promise<DrachtioSwitch> {
    const host = options.host ?? '127.0.0.1';
    const transport = await Transport.start(host, options.sipPort ?? 0);
    const started = new DrachtioSwitch(transport, options);
    const sip = hostPort(host, transport.address.port);
    const addresses = `tcp/${sip},udp/${sip}`;
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

  /** Where clients connect to. */
  get address(): { readonly host: string; readonly port: number } {
    return { host: this.#transport.address.host, port: this.#admin?.port ?? 0 };
  }

  /** Where SIP is spoken, over UDP and TCP. */
  get sipAddress(): { readonly host: string; readonly port: number } {
    return this.#transport.address;
  }

  /** What is kept at the moment. */
  get counts(): { clients: number; dialogs: number; invites: number; transactions: number } {
    return {
      clients: this.#admin?.clientCount ?? 0,
      dialogs: this.#legs.size,
      invites: this.#outgoing.size,
      transactions: this.#layer.size,
    };
  }

  /** Stops; the clients get what was still to be sent. Calls that are up are forgotten, not released. */
  stop(): Promise<void> {
    return this.#close(false);
  }

  /** Stops as a killed process does: connections break off, dialogs are forgotten. */
  kill(): Promise<void> {
    return this.#close(true);
  }

  async #close(isAbrupt: boolean): Promise<void> {
    this.#layer.close();
    this.#legs.clear();
    this.#outgoing.clear();
    this.#dialogs.clear();
    await Promise.all([this.#admin?.close(isAbrupt), this.#transport.close()]);
  }

  /** A request from the network. */
  #receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (tagOf(request, 'To') !== undefined) {
      this.#dialogs.receiveRequest(transaction);
      return;
    }
    const response = responseTo(request, 503);
    response.headers.set('To', `${request.headers.get('To')};tag=${transaction.localTag}`);
    transaction.respond(response);
  }

  /** A SIP message of a client's: its ids say what it belongs to. */
  #receiveSip(client: AdminClient, { id, fields, sip }: ClientMessage): void {
    const [transactionId = '', dialogId = '', proxy = ''] = fields;
    const sketch = readSketch(sip);
    if (sketch.kind === 'response') {
      if (transactionId === '') throw new RequestRefused('transaction id missing');
      this.#dialogs.respond(client, id, transactionId, sketch);
      return;
    }
    const inDialog = dialogId || this.#legs.withCallId(sketch.headers.get('Call-ID') ?? '')?.dialogId;
    if (dialogId === '' && transactionId !== '') {
      if (sketch.method !== 'CANCEL')
        throw new RequestRefused('only CANCEL can be sent within a transaction');
      this.#outgoing.cancel(client, id, transactionId, sketch);
    } else if (inDialog !== undefined && inDialog !== '') {
      this.#dialogs.send(client, id, inDialog, sketch);
    } else {
      this.#outgoing.send(client, id, sketch, proxy === '' ? undefined : proxy);
    }
  }
}

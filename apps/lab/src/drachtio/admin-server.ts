/** Takes the clients' connections and their messages: who they are, and what they want done. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { AdminClient } from './admin-client.js';
import { RequestRefused } from './request-builder.js';
import { type ClientMessage, WireReader } from './wire.js';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** What a client is told once it is authenticated: addresses and version. */
  readonly greeting: readonly string[];
  /** A `sip` message of an authenticated client's; may throw RequestRefused. */
  readonly onSip: (client: AdminClient, message: ClientMessage) => void;
}

export class AdminServer {
  readonly #server: Server;
  readonly #options: AdminServerOptions;
  readonly #clients = new Set<AdminClient>();

  private constructor(server: Server, options: AdminServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#take(socket));
  }

  /** Rejects with the socket's error when the port is taken. */
  static async listen(options: AdminServerOptions): Promise<AdminServer> {
    const server = createServer({ noDelay: true });
    server.listen(options.port, options.host);
    await once(server, 'listening');
    return new AdminServer(server, options);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** @param isAbrupt breaks the connections off without sending what is still to be sent */
  async close(isAbrupt: boolean): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) isAbrupt ? client.destroy() : client.end();
    await closed;
  }

  #take(socket: Socket): void {
    const client = new AdminClient(socket);
    const reader = new WireReader();
    this.#clients.add(client);
    // 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#clients.delete(client));
    socket.on('data', (bytes) => {
      const messages = reader.push(bytes);
      if (messages === undefined) client.destroy();
      for (const message of messages ?? []) this.#receive(client, message);
    });
  }

  #receive(client: AdminClient, message: ClientMessage): void {
    const { id, verb, fields } = message;
    if (verb === 'authenticate') this.#authenticate(client, id, fields[0] ?? '');
    else if (!client.isAuthenticated) this.#turnAway(client, id, 'not authenticated');
    else if (verb === 'ping') client.reply(id, 'OK', 'pong');
    // Accepted, as every worker registers: but no call is ever routed to a client.
    else if (verb === 'route' || verb === 'remove_route') client.reply(id, 'OK');
    else if (verb === 'sip') this.#receiveSip(client, message);
    else this.#turnAway(client, id, 'Unknown message type');
  }

  #authenticate(client: AdminClient, id: string, secret: string): void {
    if (secret !== this.#options.secret) {
      this.#turnAway(client, id, 'incorrect secret');
      return;
    }
    client.isAuthenticated = true;
    client.reply(id, 'OK', ...this.#options.greeting);
  }

  #receiveSip(client: AdminClient, message: ClientMessage): void {
    try {
      this.#options.onSip(client, message);
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      client.reply(message.id, 'NOK', error.message);
    }
  }

  #turnAway(client: AdminClient, id: string, why: string): void {
    client.reply(id, 'NO', why);
    client.end();
  }
}

/** Accepts client connections, authenticates them and dispatches their messages. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { AdminClient } from './admin-client.js';
import { AdminMessageReader, type ClientMessage } from './admin-protocol.js';
import { RequestRejected } from './request-builder.js';

export interface AdminServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Sent to a client that has authenticated: addresses and version. */
  readonly greeting: readonly string[];
  /** Handles a `sip` message of an authenticated client; may throw RequestRejected. */
  readonly onSip: (client: AdminClient, message: ClientMessage) => void;
}

export class AdminServer {
  readonly #server: Server;
  readonly #options: AdminServerOptions;
  readonly #clients = new Set<AdminClient>();
  #turn = 0;

  private constructor(server: Server, options: AdminServerOptions) {
    this.#server = server;
    this.#options = options;
    server.on('connection', (socket) => this.#accept(socket));
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

  /** A client that takes requests of this method outside dialogs: in turn, when there are several. */
  clientFor(method: string): AdminClient | undefined {
    const takers = [...this.#clients].filter((client) => client.isConnected && client.takes(method));
    return takers[this.#turn++ % takers.length];
  }

  /** @param isAbrupt closes the connections without sending what is still buffered */
  async close(isAbrupt: boolean): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) isAbrupt ? client.destroy() : client.close();
    await closed;
  }

  #accept(socket: Socket): void {
    const client = new AdminClient(socket);
    const reader = new AdminMessageReader();
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
    else if (!client.isAuthenticated) this.#reject(client, id, 'not authenticated');
    else if (verb === 'ping') client.reply(id, 'OK', 'pong');
    else if (verb === 'route' || verb === 'remove_route') {
      client.setRoute((fields[0] ?? '').toUpperCase(), verb === 'route');
      client.reply(id, 'OK');
    } else if (verb === 'sip') this.#receiveSip(client, message);
    else this.#reject(client, id, 'Unknown message type');
  }

  #authenticate(client: AdminClient, id: string, secret: string): void {
    if (secret !== this.#options.secret) {
      this.#reject(client, id, 'incorrect secret');
      return;
    }
    client.isAuthenticated = true;
    client.reply(id, 'OK', ...this.#options.greeting);
  }

  #receiveSip(client: AdminClient, message: ClientMessage): void {
    try {
      this.#options.onSip(client, message);
    } catch (error) {
      if (!(error instanceof RequestRejected)) throw error;
      client.reply(message.id, 'NOK', error.message);
    }
  }

  #reject(client: AdminClient, id: string, why: string): void {
    client.reply(id, 'NO', why);
    client.close();
  }
}

import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Channel } from '../channel/channel.js';
import type { Core } from '../core.js';
import { SocketConnection } from './socket-connection.js';

/**
 * mod_event_socket: listens for inbound connections, and makes outbound ones for the `socket` application.
 */
export class EventSocket {
  readonly #core: Core;
  readonly #password: string;
  readonly #server: Server;
  readonly #connections = new Set<SocketConnection>();
  #isClosed = false;

  private constructor(core: Core, password: string) {
    this.#core = core;
    this.#password = password;
    this.#server = createServer((socket) => this.#adopt(socket, null));
  }

  /** Rejects with the socket's error when the port is taken. */
  static async listen(core: Core, password: string, host: string, port: number): Promise<EventSocket> {
    const eventSocket = new EventSocket(core, password);
    eventSocket.#server.listen(port, host);
    await once(eventSocket.#server, 'listening');
    return eventSocket;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Connects to `host:port` for a channel; null when that fails. */
  async connect(address: string, channel: Channel): Promise<SocketConnection | null> {
    const [, host = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
    if (host === '') return null;
    const socket = createConnection({
      host: host.replace(/^\[|\]$/g, ''),
      port: Number(port || 8084),
      keepAlive: true,
    });
    try {
      await once(socket, 'connect', { signal: channel.down });
    } catch {
      socket.destroy();
      return null;
    }
    if (!this.#isClosed) return this.#adopt(socket, channel);
    socket.destroy();
    return null;
  }

  /** Notifies every client of the shutdown, and waits until all have disconnected. */
  async shutDown(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.shutDown();
    await this.#close();
  }

  /** Closes every connection at once and stops listening. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.destroy();
    await this.#close();
  }

  async #close(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#connections].map(({ closed }) => closed));
  }

  #adopt(socket: Socket, channel: Channel | null): SocketConnection {
    const connection = new SocketConnection({ core: this.#core, socket, channel, password: this.#password });
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
    connection.start();
    return connection;
  }
}

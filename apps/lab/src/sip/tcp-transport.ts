/** SIP over TCP: one connection a peer, opened by either side, framed by Content-Length (RFC 3261 18.3). */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { StreamFramer } from './stream-framer.js';
import type { Peer, TransportEvents } from './transport.js';

/** A connection that carried nothing for so long is closed; the next request opens another. */
const IDLE_MS = 180_000;

export class TcpTransport extends EventEmitter<Pick<TransportEvents, 'message' | 'failed'>> {
  readonly port: number;
  readonly #host: string;
  readonly #server: Server;
  /** By the far end's `host port`, whoever opened it. */
  readonly #sockets = new Map<string, Socket>();

  private constructor(host: string, server: Server) {
    super();
    this.#host = host;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      const peer: Peer = { protocol: 'tcp', host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
      this.#adopt(socket, peer);
    });
  }

  static async listen(host: string, port: number): Promise<TcpTransport> {
    const server = createServer({ noDelay: true });
    server.listen(port, host);
    // Rejects when 'error' comes first.
    await once(server, 'listening');
    return new TcpTransport(host, server);
  }

  isConnected(peer: Peer): boolean {
    return this.#sockets.has(key(peer));
  }

  send(bytes: Buffer, peer: Peer): void {
    if (!this.#server.listening) return;
    let socket = this.#sockets.get(key(peer));
    if (socket === undefined) {
      socket = connect({ host: peer.host, port: peer.port, localAddress: this.#host, noDelay: true });
      this.#adopt(socket, peer);
    }
    socket.write(bytes);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
  }

  #adopt(socket: Socket, peer: Peer): void {
    this.#sockets.set(key(peer), socket);
    const framer = new StreamFramer();
    const inbox: string[] = [];
    // One message a turn, as with datagrams: who awaits what one brought has set its listeners before the next.
    const deliver = () => {
      this.emit('message', inbox[0] ?? '', peer);
      inbox.shift();
      if (inbox.length > 0) setImmediate(deliver);
    };
    let failure = new Error('connection closed');
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('data', (bytes) => {
      const { messages, pings, isBroken } = framer.push(bytes);
      for (let i = 0; i < pings; i++) socket.write('\r\n');
      const isIdle = inbox.length === 0;
      inbox.push(...messages);
      if (isIdle && inbox.length > 0) deliver();
      // Where the next message starts cannot be told any more.
      if (isBroken) socket.destroy();
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.#sockets.get(key(peer)) === socket) this.#sockets.delete(key(peer));
      this.emit('failed', peer, failure);
    });
  }
}

function key(peer: Peer): string {
  return `${peer.host} ${peer.port}`;
}

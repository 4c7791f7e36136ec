/**
 * SIP datagrams. Responses leave by the one bound socket. Requests leave by a socket of the same port that is connected
 * to the peer: the kernel reports ICMP errors only to connected sockets, and without them a closed port looks like
 * silence for 64*T1. The port is shared with SO_REUSEADDR; the kernel delivers a datagram to the socket that is
 * connected to its sender first, and all sockets are read alike.
 */
import { createSocket, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import type { Peer, TransportEvents } from './transport.js';

/** Connected sockets kept; the least recently used is closed beyond that. */
const MAX_CONNECTED = 128;
const BUFFER_BYTES = 4 * 1024 * 1024;

interface Connected {
  readonly socket: Socket;
  /** Datagrams waiting for the connect to finish; undefined once it has. */
  waiting: Buffer[] | undefined;
}

export class UdpTransport extends EventEmitter<Pick<TransportEvents, 'message' | 'failed'>> {
  readonly #host: string;
  readonly #port: number;
  readonly #socket: Socket;
  readonly #connected = new Map<string, Connected>();
  #isClosed = false;

  private constructor(host: string, port: number, socket: Socket) {
    super();
    this.#host = host;
    this.#port = port;
    this.#socket = socket;
    this.#read(socket);
    // An unconnected socket's errors concern one datagram only; the transaction's timers deal with it.
    socket.on('error', () => {});
  }

  static async open(host: string, port: number): Promise<UdpTransport> {
    const socket = await bound(host, port);
    return new UdpTransport(host, port, socket);
  }

  send(bytes: Buffer, peer: Peer): void {
    if (!this.#isClosed) this.#socket.send(bytes, peer.port, peer.host, () => {});
  }

  sendConnected(bytes: Buffer, peer: Peer): void {
    if (this.#isClosed) return;
    const key = `${peer.host} ${peer.port}`;
    const known = this.#connected.get(key);
    if (known === undefined) {
      this.#connect(key, peer, bytes);
      return;
    }
    // Moved to the end: the map's order is the order of use.
    this.#connected.delete(key);
    this.#connected.set(key, known);
    if (known.waiting === undefined) this.#sendBy(known.socket, bytes, peer);
    else known.waiting.push(bytes);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const sockets = [this.#socket, ...[...this.#connected.values()].map(({ socket }) => socket)];
    this.#connected.clear();
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  }

  #connect(key: string, peer: Peer, first: Buffer): void {
    const socket = createSocket({ type: typeOf(this.#host), reuseAddr: true });
    const entry: Connected = { socket, waiting: [first] };
    this.#connected.set(key, entry);
    this.#read(socket);
    const flush = (send: (bytes: Buffer) => void) => {
      const waiting = entry.waiting ?? [];
      entry.waiting = undefined;
      waiting.forEach(send);
    };
    socket.on('error', (error) => {
      if (entry.waiting === undefined) {
        this.emit('failed', peer, error);
        return;
      }
      // It could not be bound or connected: the open socket serves, only deaf to refusals.
      this.#drop(key);
      flush((bytes) => this.send(bytes, peer));
    });
    socket.bind(this.#port, this.#host, () => {
      if (!this.#isClosed) socket.connect(peer.port, peer.host);
    });
    socket.on('connect', () => {
      // What comes from this peer comes here: it needs as much room as the open socket.
      socket.setRecvBufferSize(BUFFER_BYTES);
      flush((bytes) => this.#sendBy(socket, bytes, peer));
    });
    const oldest = this.#connected.keys().next().value;
    if (this.#connected.size > MAX_CONNECTED && oldest !== undefined) this.#drop(oldest);
  }

  /** The kernel reports an ICMP error to the next send or receive, whichever comes first. */
  #sendBy(socket: Socket, bytes: Buffer, peer: Peer): void {
    socket.send(bytes, (error) => {
      if (error !== null && !this.#isClosed) this.emit('failed', peer, error);
    });
  }

  #drop(key: string): void {
    const entry = this.#connected.get(key);
    this.#connected.delete(key);
    entry?.socket.close();
  }

  #read(socket: Socket): void {
    socket.on('message', (bytes, from) => {
      // Keep-alives are a few line feeds or zero bytes (RFC 5626 4.4.1).
      if (bytes.length < 16 || this.#isClosed) return;
      this.emit('message', bytes.toString('utf8'), { protocol: 'udp', host: from.address, port: from.port });
    });
  }
}

async function bound(host: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: typeOf(host), reuseAddr: true });
  socket.bind(port, host);
  // Rejects when 'error' comes first.
  await once(socket, 'listening');
  socket.setRecvBufferSize(BUFFER_BYTES);
  return socket;
}

function typeOf(host: string): 'udp4' | 'udp6' {
  return host.includes(':') ? 'udp6' : 'udp4';
}

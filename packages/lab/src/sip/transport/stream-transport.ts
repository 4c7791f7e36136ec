/** SIP over TCP or TLS: one connection a peer, opened by either side, framed by Content-Length (RFC 3261 18.3). */
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { StreamFramer } from './stream-framer.js';
import type { Peer, TransportEvents } from './transport.js';

/** A connection that carried nothing for so long is closed; the next request opens another. */
const IDLE_MS = 180_000;

/** A certificate, and what others' are compared with; all in PEM. */
export interface TlsOptions {
  readonly key: string;
  readonly cert: string;
  /** Those who may have signed others' certificates; default: those that Node knows. */
  readonly ca?: string;
  /**
   * Whether a server's certificate has to be valid for its name, and a client has to have one. Default false, as with
   * drachtio-server unless DRACHTIO_TLS_VERIFY_CLIENT_CERT is 1.
   */
  readonly verifies?: boolean;
}

export class StreamTransport extends EventEmitter<Pick<TransportEvents, 'message' | 'failed'>> {
  readonly port: number;
  readonly #host: string;
  readonly #tls: TlsOptions | null;
  readonly #server: Server;
  /** By the far end's `host port`, opened by either side. */
  readonly #sockets = new Map<string, Socket>();

  private constructor(host: string, server: Server, tls: TlsOptions | null) {
    super();
    this.#host = host;
    this.#tls = tls;
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => {
      const peer: Peer = {
        protocol: this.#protocol,
        host: socket.remoteAddress ?? '',
        port: socket.remotePort ?? 0,
      };
      this.#adopt(socket, peer);
    });
  }

  /** `tls` null: TCP. */
  static async listen(host: string, port: number, tls: TlsOptions | null = null): Promise<StreamTransport> {
    const server =
      tls === null
        ? createServer({ noDelay: true })
        : createTlsServer({ ...credentials(tls), noDelay: true });
    server.listen(port, host);
    // Rejects when 'error' comes first.
    await once(server, 'listening');
    return new StreamTransport(host, server, tls);
  }

  isConnected(peer: Peer): boolean {
    return this.#sockets.has(key(peer));
  }

  send(bytes: Buffer, peer: Peer): void {
    if (!this.#server.listening) return;
    let socket = this.#sockets.get(key(peer));
    if (socket === undefined) {
      socket = this.#connect(peer);
      this.#adopt(socket, peer);
    }
    socket.write(bytes);
  }

  get #protocol(): 'tcp' | 'tls' {
    return this.#tls === null ? 'tcp' : 'tls';
  }

  #connect({ host, port, name = host }: Peer): Socket {
    const where = { host, port, localAddress: this.#host, noDelay: true };
    if (this.#tls === null) return connect(where);
    const servername = isIP(name) === 0 ? { servername: name } : {};
    return connectTls({ ...where, ...servername, ...credentials(this.#tls) });
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
    // One message a turn, as with datagrams: who awaits what one brought has set its listeners before the
    // next.
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
      // The start of the next message is unknown.
      if (isBroken) socket.destroy();
    });
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.#sockets.get(key(peer)) === socket) this.#sockets.delete(key(peer));
      // A handshake that fails is not told to Sofia-SIP's transactions: they wait for their answer until timer B.
      if (this.#tls === null || 'syscall' in failure) this.emit('failed', peer, failure);
    });
  }
}

function key(peer: Peer): string {
  return `${peer.host} ${peer.port}`;
}

function credentials({ verifies = false, ...pem }: TlsOptions) {
  return { ...pem, requestCert: verifies, rejectUnauthorized: verifies };
}

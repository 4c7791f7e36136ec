/** UDP and TCP on one port, TLS on another, and what the layers above hear of them (RFC 3261 section 18). */
import { EventEmitter } from 'node:events';
import { StreamTransport, type TlsOptions } from './stream-transport.js';
import { UdpTransport } from './udp-transport.js';

export type SipProtocol = 'udp' | 'tcp' | 'tls';

export interface Peer {
  readonly protocol: SipProtocol;
  /** Its IP address. */
  readonly host: string;
  /** What its certificate has to be valid for; absent: the host. */
  readonly name?: string;
  readonly port: number;
}

/** Where it can be reached. */
export interface TransportAddress {
  readonly host: string;
  /** For UDP and TCP. */
  readonly port: number;
  /** Null without TLS. */
  readonly tlsPort: number | null;
}

export interface TransportTls extends TlsOptions {
  /** Default 0: a free one. */
  readonly port?: number;
}

export interface TransportEvents {
  /** One whole message's text. */
  message: [text: string, peer: Peer];
  /** Nobody listens there, or the connection to it broke: what was sent is lost. */
  failed: [peer: Peer, error: Error];
}

const ATTEMPTS = 20;

export class Transport extends EventEmitter<TransportEvents> {
  readonly address: TransportAddress;
  readonly #udp: UdpTransport;
  readonly #tcp: StreamTransport;
  readonly #tls: StreamTransport | null;

  private constructor(host: string, udp: UdpTransport, tcp: StreamTransport, tls: StreamTransport | null) {
    super();
    this.address = { host, port: tcp.port, tlsPort: tls?.port ?? null };
    this.#udp = udp;
    this.#tcp = tcp;
    this.#tls = tls;
    for (const part of [udp, tcp, ...(tls === null ? [] : [tls])]) {
      part.on('message', (text, peer) => this.emit('message', text, peer));
      part.on('failed', (peer, error) => this.emit('failed', peer, error));
    }
  }

  /** Binds all; with port 0, a port that is free for UDP and TCP. Rejects with the socket's error. */
  static async start(host: string, port: number, tls?: TransportTls): Promise<Transport> {
    if (tls === undefined) return Transport.#start(host, port, null);
    const { port: tlsPort = 0, ...options } = tls;
    const secured = await StreamTransport.listen(host, tlsPort, options);
    try {
      return await Transport.#start(host, port, secured);
    } catch (error) {
      await secured.close();
      throw error;
    }
  }

  static async #start(host: string, port: number, tls: StreamTransport | null): Promise<Transport> {
    for (let attempt = 1; ; attempt++) {
      // TCP first: its port cannot be shared, and so guards the UDP port, which can (see UdpTransport).
      const tcp = await StreamTransport.listen(host, port);
      try {
        return new Transport(host, await UdpTransport.open(host, tcp.port), tcp, tls);
      } catch (error) {
        await tcp.close();
        if (port !== 0 || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Sends a request; a refusal by the far end's host is reported as `failed`. */
  sendRequest(bytes: Buffer, peer: Peer): void {
    const stream = this.#streamOf(peer);
    if (stream === null) this.#udp.sendConnected(bytes, peer);
    else stream.send(bytes, peer);
  }

  /**
   * Sends a response to where its request came from.
   * @param sentBy where to connect to instead when the request's TCP connection is gone (RFC 3261 18.2.2)
   */
  sendResponse(bytes: Buffer, peer: Peer, sentBy: Peer): void {
    const stream = this.#streamOf(peer);
    if (stream === null) this.#udp.send(bytes, peer);
    else stream.send(bytes, stream.isConnected(peer) ? peer : sentBy);
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp.close(), this.#tcp.close(), this.#tls?.close()]);
  }

  /** The one for a peer, or null for UDP. Throws for TLS where there is none. */
  #streamOf({ protocol }: Peer): StreamTransport | null {
    if (protocol === 'udp') return null;
    if (protocol === 'tcp') return this.#tcp;
    if (this.#tls === null) throw new Error('there is no TLS transport');
    return this.#tls;
  }
}

export function peerKey(peer: Peer): string {
  return `${peer.protocol} ${peer.host} ${peer.port}`;
}

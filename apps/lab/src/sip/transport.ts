/** UDP and TCP on one port, and what the layers above hear of them (RFC 3261 section 18). */
import { EventEmitter } from 'node:events';
import { TcpTransport } from './tcp-transport.js';
import { UdpTransport } from './udp-transport.js';

export interface Peer {
  readonly protocol: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
}

export interface TransportEvents {
  /** One whole message's text. */
  message: [text: string, peer: Peer];
  /** Nobody listens there, or the connection to it broke: what was sent is lost. */
  failed: [peer: Peer, error: Error];
}

const ATTEMPTS = 20;

export class Transport extends EventEmitter<TransportEvents> {
  readonly address: { readonly host: string; readonly port: number };
  readonly #udp: UdpTransport;
  readonly #tcp: TcpTransport;

  private constructor(host: string, udp: UdpTransport, tcp: TcpTransport) {
    super();
    this.address = { host, port: tcp.port };
    this.#udp = udp;
    this.#tcp = tcp;
    for (const part of [udp, tcp]) {
      part.on('message', (text, peer) => this.emit('message', text, peer));
      part.on('failed', (peer, error) => this.emit('failed', peer, error));
    }
  }

  /** Binds both; with port 0, a port that is free for both. Rejects with the socket's error. */
  static async start(host: string, port: number): Promise<Transport> {
    for (let attempt = 1; ; attempt++) {
      // TCP first: its port cannot be shared, and so guards the UDP port, which can (see UdpTransport).
      const tcp = await TcpTransport.listen(host, port);
      try {
        return new Transport(host, await UdpTransport.open(host, tcp.port), tcp);
      } catch (error) {
        await tcp.close();
        if (port !== 0 || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Sends a request; a refusal by the far end's host is reported as `failed`. */
  sendRequest(bytes: Buffer, peer: Peer): void {
    if (peer.protocol === 'tcp') this.#tcp.send(bytes, peer);
    else this.#udp.sendConnected(bytes, peer);
  }

  /**
   * Sends a response to where its request came from.
   * @param sentBy where to connect to instead when the request's TCP connection is gone (RFC 3261 18.2.2)
   */
  sendResponse(bytes: Buffer, peer: Peer, sentBy: Peer): void {
    if (peer.protocol === 'udp') this.#udp.send(bytes, peer);
    else this.#tcp.send(bytes, this.#tcp.isConnected(peer) ? peer : sentBy);
  }

  async close(): Promise<void> {
    await Promise.all([this.#udp.close(), this.#tcp.close()]);
  }
}

export function peerKey(peer: Peer): string {
  return `${peer.protocol} ${peer.host} ${peer.port}`;
}

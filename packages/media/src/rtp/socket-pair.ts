import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MediaError } from '../errors.js';

export type OnDatagram = (datagram: Buffer, address: string, port: number) => void;

/** The two UDP sockets of a leg: RTP on an even port, RTCP on the next one (RFC 3550 section 11). */
export class SocketPair {
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #isClosed = false;

  private constructor(rtp: Socket, rtcp: Socket, onRtp: OnDatagram, onRtcp: OnDatagram) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    rtp.on('message', (datagram, from: RemoteInfo) => onRtp(datagram, from.address, from.port));
    rtcp.on('message', (datagram, from: RemoteInfo) => onRtcp(datagram, from.address, from.port));
  }

  /**
   * Binds both ports. Rejects with `PORTS_EXHAUSTED` when one is taken, `ADDRESS_UNUSABLE` when the address is not
   * this machine's.
   */
  static async open(host: string, port: number, onRtp: OnDatagram, onRtcp: OnDatagram): Promise<SocketPair> {
    const rtp = await bind(host, port);
    try {
      return new SocketPair(rtp, await bind(host, port + 1), onRtp, onRtcp);
    } catch (error) {
      rtp.close();
      throw error;
    }
  }

  sendRtp(packet: Uint8Array, address: string, port: number): void {
    if (!this.#isClosed) this.#rtp.send(packet, port, address);
  }

  sendRtcp(packet: Uint8Array, address: string, port: number): void {
    if (!this.#isClosed) this.#rtcp.send(packet, port, address);
  }

  /** Closes both once what was sent has left. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // A send of this turn may still be queued; `close` would drop it.
    setImmediate(() => {
      this.#rtp.close();
      this.#rtcp.close();
    });
  }
}

async function bind(host: string, port: number): Promise<Socket> {
  const isV6 = host.includes(':');
  const family = isV6 ? 6 : 4;
  const socket = createSocket({
    type: isV6 ? 'udp6' : 'udp4',
    ipv6Only: isV6,
    // Addresses only: spares a look-up a packet.
    lookup: (address, _options, done) => done(null, address, family),
  });
  const listening = once(socket, 'listening');
  try {
    socket.bind(port, host);
    await listening;
  } catch (error) {
    socket.close();
    const { code } = error as NodeJS.ErrnoException;
    const isTaken = code === 'EADDRINUSE';
    throw new MediaError(
      isTaken ? 'PORTS_EXHAUSTED' : 'ADDRESS_UNUSABLE',
      `UDP ${host}:${port} cannot be bound: ${code}`,
      error,
    );
  }
  // An ICMP "port unreachable" is how a far end that has gone looks like; the signalling ends the call.
  socket.on('error', () => undefined);
  return socket;
}

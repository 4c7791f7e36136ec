import type { CheckedRemote } from '../description.js';
import { isRtcp } from '../rtp/packet.js';
import { SocketPair } from '../rtp/socket-pair.js';
import { SrtpSession } from '../srtp/session.js';
import type { Inbound } from './inbound.js';

/** So many datagrams that come before the far end's description are kept: the newest, more than a second of audio. */
const MOST_AHEAD = 64;

interface Datagram {
  bytes: Buffer;
  address: string;
  port: number;
}

/** The sockets of a leg, and what lies between them and RTP: protection, and one port for two protocols. */
export class Transport {
  /** Datagrams that were malformed, not authentic, or RTCP from elsewhere. */
  refused = 0;
  readonly #inbound: Inbound;
  readonly #onRtcp: (packet: Buffer) => boolean;
  readonly #onEarly: () => void;
  readonly #srtp = new SrtpSession();
  #sockets: SocketPair | null = null;
  #remote: CheckedRemote | null = null;
  /** What came before it is known who the far end is. */
  #ahead: Datagram[] = [];

  /**
   * `onRtcp` takes a compound packet, and says whether it was well formed; `onEarly` is called once when a packet comes before
   * the far end is known.
   */
  constructor(inbound: Inbound, onRtcp: (packet: Buffer) => boolean, onEarly: () => void) {
    this.#inbound = inbound;
    this.#onRtcp = onRtcp;
    this.#onEarly = onEarly;
  }

  async open(host: string, port: number): Promise<void> {
    this.#sockets = await SocketPair.open(
      host,
      port,
      (datagram, address, from) => this.#takeRtp(datagram, address, from),
      (datagram, address) => this.#takeRtcp(datagram, address),
    );
  }

  configure(remote: CheckedRemote): void {
    this.#remote = remote;
    this.#srtp.configure(remote.srtp);
  }

  /**
   * Takes what came before the first description: audio overtakes the response that describes it (RFC 3264 section 5.1).
   * Its source is judged as that of any other. To be called once the description is in force.
   */
  takeAhead(): void {
    const ahead = this.#ahead;
    this.#ahead = [];
    for (const { bytes, address, port } of ahead) this.#takeRtp(bytes, address, port);
  }

  sendRtp(packet: Buffer): void {
    const place = this.#inbound.place;
    if (place === null) return;
    this.#sockets?.sendRtp(this.#srtp.protectRtp(packet), place.address, place.port);
  }

  sendRtcp(packet: Buffer): void {
    const place = this.#inbound.place;
    const remote = this.#remote;
    if (place === null || remote === null) return;
    const sent = this.#srtp.protectRtcp(packet);
    const isSignalled = place.address === remote.address && place.port === remote.port;
    if (remote.rtcpMux) this.#sockets?.sendRtp(sent, place.address, place.port);
    // Behind a NAT, the signalled port of RTCP is as little use as that of RTP.
    else
      this.#sockets?.sendRtcp(
        sent,
        place.address,
        isSignalled ? remote.rtcpPort : Math.min(65_535, place.port + 1),
      );
  }

  close(): void {
    this.#sockets?.close();
  }

  #takeRtp(datagram: Buffer, address: string, port: number): void {
    if (this.#remote === null) {
      this.#keep({ bytes: datagram, address, port });
      return;
    }
    if (this.#remote.rtcpMux && isRtcp(datagram)) {
      this.#takeRtcp(datagram, address);
      return;
    }
    const packet = this.#srtp.unprotectRtp(datagram);
    if (packet === null) this.refused += 1;
    else this.#inbound.take(packet, address, port);
  }

  #keep(datagram: Datagram): void {
    if (this.#ahead.length === 0) this.#onEarly();
    this.#ahead.push(datagram);
    if (this.#ahead.length <= MOST_AHEAD) return;
    this.#ahead.shift();
    this.refused += 1;
  }

  #takeRtcp(datagram: Buffer, address: string): void {
    const isTheirs = address === this.#inbound.place?.address || address === this.#remote?.address;
    const packet = isTheirs ? this.#srtp.unprotectRtcp(datagram) : null;
    if (packet === null || !this.#onRtcp(packet)) this.refused += 1;
  }
}

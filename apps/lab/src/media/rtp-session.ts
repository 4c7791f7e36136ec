import { randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { type AudioSource, mixInto } from './audio-source.js';
import { FRAME_SAMPLES, type FrameClock, frameClock } from './frame-clock.js';
import { type G711Codec, g711ByPayloadType } from './g711.js';
import { allocateRtp, parseRtp, RTP_HEADER_BYTES, type RtpPacket } from './rtp-packet.js';
import type { Direction } from './sdp.js';

/** The far end, as its SDP describes it. */
export interface RtpRemote {
  host: string;
  port: number;
  /** What we send. What comes in is decoded by its own payload type. */
  codec: G711Codec;
  /** As our SDP says: we send only in `sendrecv` and `sendonly`. */
  direction: Direction;
}

/** How a `play` came to its end: the source had no more, or something else was played or the session closed. */
export type PlayEnd = 'finished' | 'stopped';

export interface RtpSessionOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Heard under what is played and by itself in between; without one, nothing is sent between plays. */
  background?: AudioSource;
  clock?: FrameClock;
}

/** A gap of up to this many packets is filled with silence, so that a listener who counts samples keeps time. */
const FILLED_GAP_PACKETS = 10;
const SEQUENCES = 0x1_0000;

/**
 * One side of an RTP stream of G.711 (RFC 3550, RFC 3551): sends 20 ms packets on the shared clock, and emits
 * what comes in, in order, as `frame` of 16-bit PCM at 8 kHz. Late and doubled packets are dropped, other
 * payloads (telephone-event of RFC 4733, comfort noise) ignored. Answers to where packets really come from.
 */
export class RtpSession extends EventEmitter<{ frame: [pcm: Int16Array] }> {
  readonly host: string;
  readonly port: number;
  packetsSent = 0;
  packetsReceived = 0;
  readonly #socket: Socket;
  readonly #clock: FrameClock;
  readonly #background: AudioSource | null;
  readonly #ssrc = randomInt(2 ** 32);
  #sequence = randomInt(SEQUENCES);
  #timestamp = randomInt(2 ** 32);
  #remote: RtpRemote | null = null;
  #isRemoteHeard = false;
  /** Where the far end was before it moved: packets still on their way from there do not call it back. */
  #formerRemote: RtpRemote | null = null;
  #playing: { source: AudioSource; end: (how: PlayEnd) => void } | null = null;
  #isFirstOfSpurt = true;
  #lastReceived: { ssrc: number; sequence: number } | null = null;
  #stopClock: (() => void) | null = null;
  #isClosed = false;

  private constructor(socket: Socket, options: RtpSessionOptions) {
    super();
    const { address, port } = socket.address();
    this.host = address;
    this.port = port;
    this.#socket = socket;
    this.#clock = options.clock ?? frameClock;
    this.#background = options.background ?? null;
    socket.on('message', (packet, from) => this.#receive(packet, from));
    // An ICMP "port unreachable" is how a far end that has gone looks like; the signalling ends the call.
    socket.on('error', () => {});
  }

  /** Opens a session on a free port. Rejects when the host has no port to give. */
  static async open(options: RtpSessionOptions = {}): Promise<RtpSession> {
    const socket = createSocket({
      type: 'udp4',
      // Addresses only: spares a look-up a packet. It calls back at once, so `listening` comes within `bind`.
      lookup: (host, _options, done) => done(null, host, 4),
    });
    const listening = once(socket, 'listening');
    socket.bind(0, options.host ?? '127.0.0.1');
    await listening;
    return new RtpSession(socket, options);
  }

  get remote(): RtpRemote | null {
    return this.#remote;
  }

  /** Says (or, after a re-INVITE, says anew) where to send and in which codec; starts sending. */
  setRemote(remote: RtpRemote): void {
    if (this.#isClosed) return;
    if (!isSamePlace(remote, this.#remote)) {
      this.#isRemoteHeard = false;
      this.#formerRemote = this.#remote;
    }
    this.#remote = remote;
    this.#stopClock ??= this.#clock.start(() => this.#sendFrame());
  }

  /** Plays `source` from its next frame on, instead of what is playing. Resolves when it has ended. */
  play(source: AudioSource): Promise<PlayEnd> {
    this.stopPlaying();
    if (this.#isClosed) return Promise.resolve('stopped');
    return new Promise((end) => {
      this.#playing = { source, end };
    });
  }

  stopPlaying(): void {
    this.#endPlaying('stopped');
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopClock?.();
    this.stopPlaying();
    this.#socket.close();
  }

  #endPlaying(how: PlayEnd): void {
    const ended = this.#playing;
    this.#playing = null;
    ended?.end(how);
  }

  #sendFrame(): void {
    const remote = this.#remote;
    // On hold, time stands still for what is played.
    if (remote === null || remote.direction === 'recvonly' || remote.direction === 'inactive') return;
    const pcm = this.#nextFrame();
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
    if (pcm === null) {
      this.#isFirstOfSpurt = true;
      return;
    }
    const { payloadType } = remote.codec;
    const [sequence, timestamp, ssrc] = [this.#sequence, this.#timestamp, this.#ssrc];
    const packet = allocateRtp(
      { payloadType, marker: this.#isFirstOfSpurt, sequence, timestamp, ssrc },
      FRAME_SAMPLES,
    );
    remote.codec.encodeInto(pcm, packet, RTP_HEADER_BYTES);
    this.#isFirstOfSpurt = false;
    this.#sequence = (sequence + 1) % SEQUENCES;
    this.packetsSent += 1;
    this.#socket.send(packet, remote.port, remote.host);
  }

  /** 20 ms of what is played over the background, or null when there is neither. */
  #nextFrame(): Int16Array | null {
    const played = this.#playing?.source.next(FRAME_SAMPLES) ?? null;
    if (played !== null && played.length < FRAME_SAMPLES) this.#endPlaying('finished');
    const background = this.#background?.next(FRAME_SAMPLES) ?? null;
    if (played === null) return background;
    if (played.length === FRAME_SAMPLES && background === null) return played;
    if (played.length === 0 && background === null) return null;
    const frame = new Int16Array(FRAME_SAMPLES);
    mixInto(frame, played);
    if (background !== null) mixInto(frame, background);
    return frame;
  }

  #receive(packet: Buffer, from: RemoteInfo): void {
    const rtp = parseRtp(packet);
    if (rtp === null) return;
    this.packetsReceived += 1;
    this.#followSource(from);
    const codec = g711ByPayloadType(rtp.payloadType);
    const missing = this.#packetsMissingBefore(rtp);
    if (missing === null || codec === null) return;
    const pcm = codec.decode(rtp.payload);
    for (let i = 0; i < missing; i++) this.emit('frame', new Int16Array(pcm.length));
    this.emit('frame', pcm);
  }

  /** Symmetric RTP (RFC 4961): the first packet's source is where to send, whatever the SDP said. */
  #followSource({ address: host, port }: RemoteInfo): void {
    if (this.#remote === null || this.#isRemoteHeard || isSamePlace({ host, port }, this.#formerRemote))
      return;
    this.#isRemoteHeard = true;
    this.#remote = { ...this.#remote, host, port };
  }

  /** How many packets to make up before this one, or null when it is late or doubled. */
  #packetsMissingBefore({ ssrc, sequence }: RtpPacket): number | null {
    const last = this.#lastReceived;
    this.#lastReceived = { ssrc, sequence };
    if (last === null || last.ssrc !== ssrc) return 0;
    const ahead = (sequence - last.sequence + SEQUENCES) % SEQUENCES;
    if (ahead === 0 || ahead > SEQUENCES / 2) {
      this.#lastReceived = last;
      return null;
    }
    return ahead - 1 <= FILLED_GAP_PACKETS ? ahead - 1 : 0;
  }
}

type Place = Pick<RtpRemote, 'host' | 'port'>;

function isSamePlace(one: Place, other: Place | null): boolean {
  return one.host === other?.host && one.port === other.port;
}

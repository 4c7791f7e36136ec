import { randomInt } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { isIPv6 } from 'node:net';
import { type AudioSource, mixInto } from './audio-source.js';
import { FRAME_SAMPLES, type FrameClock, frameClock } from './frame-clock.js';
import { type G711Codec, g711ByPayloadType } from './g711.js';
import { allocateRtp, parseRtp, RTP_HEADER_BYTES, type RtpPacket } from './rtp-packet.js';
import type { Direction } from './sdp.js';
import { type DigitFrame, DigitReader, type DigitTiming, DigitWriter } from './telephone-event.js';

/** The far end, as its SDP describes it. */
export interface RtpRemote {
  host: string;
  port: number;
  /** The codec that we send. Received packets are decoded by their payload type. */
  codec: G711Codec;
  /** The payload type of telephone events; default: they are neither received nor sent. */
  telephoneEvent?: number | null;
  /** As our SDP says: we send only in `sendrecv` and `sendonly`. */
  direction: Direction;
}

/** How a `play` ended: the source ended, or another play replaced it or the session was closed. */
export type PlayEnd = 'finished' | 'stopped';

export interface RtpSessionOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Mixed into what is played and sent alone between plays; without one, nothing is sent between plays. */
  background?: AudioSource;
  clock?: FrameClock;
  /**
   * What a frame is sent upon: `clock` (default) every 20 ms; `received` each packet that comes in, and one every 2 s.
   */
  pace?: 'clock' | 'received';
}

/**
 * A gap of up to this many packets is filled with silence, so that a listener that counts samples keeps time.
 */
const FILLED_GAP_PACKETS = 10;
const SEQUENCES = 0x1_0000;
/** From one frame to the next while no packet comes in that would pace them. */
const UNPACED_MS = 2000;

/**
 * One side of an RTP stream of G.711 (RFC 3550, RFC 3551): sends 20 ms packets on the shared clock, and emits
 * what comes in, in order, as `frame` of 16-bit PCM at 8 kHz. Late and duplicate packets are dropped, telephone events
 * become `digit`, other payloads (comfort noise) are ignored. Sends to where packets come from (symmetric
 * RTP).
 */
export class RtpSession extends EventEmitter<{ frame: [pcm: Int16Array]; digit: [digit: string] }> {
  readonly host: string;
  readonly port: number;
  packetsSent = 0;
  packetsReceived = 0;
  /** SRTP was agreed on: what comes as plain RTP is not authentic and dropped, and nothing is sent that anybody here could read. */
  isSecured = false;
  readonly #socket: Socket;
  readonly #clock: FrameClock;
  readonly #background: AudioSource | null;
  readonly #ssrc = randomInt(2 ** 32);
  readonly #pace: 'clock' | 'received';
  readonly #digits = new DigitReader();
  #sequence = randomInt(SEQUENCES);
  #timestamp = randomInt(2 ** 32);
  #remote: RtpRemote | null = null;
  #isRemoteHeard = false;
  /** Where the far end was before it moved: late packets from there do not redirect our audio. */
  #formerRemote: RtpRemote | null = null;
  #playing: { source: AudioSource; end: (how: PlayEnd) => void } | null = null;
  #pressing: { writer: DigitWriter; end: () => void } | null = null;
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
    this.#pace = options.pace ?? 'clock';
    socket.on('message', (packet, from) => this.#receive(packet, from));
    // An ICMP "port unreachable" is ignored: the signalling ends the call.
    socket.on('error', () => {});
  }

  /** Opens a session on a free port. Rejects with the socket's error. */
  static async open(options: RtpSessionOptions = {}): Promise<RtpSession> {
    const host = options.host ?? '127.0.0.1';
    const family = isIPv6(host) ? 6 : 4;
    const socket = createSocket({
      type: `udp${family}`,
      // Hosts are addresses: this spares a look-up per packet. It calls back at once, so `listening` comes
      // within `bind`.
      lookup: (address, _options, done) => done(null, address, family),
    });
    const listening = once(socket, 'listening');
    socket.bind(0, host);
    await listening;
    return new RtpSession(socket, options);
  }

  get remote(): RtpRemote | null {
    return this.#remote;
  }

  /** Sets where to send and in which codec (again after a re-INVITE), and starts sending. */
  setRemote(remote: RtpRemote): void {
    if (this.#isClosed) return;
    if (!isSamePlace(remote, this.#remote)) {
      this.#isRemoteHeard = false;
      this.#formerRemote = this.#remote;
    }
    this.#remote = remote;
    this.#stopClock ??= this.#startSending();
  }

  /** Plays `source` instead of what is playing. Resolves when it has ended. */
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

  /**
   * Sends digits by telephone events, in the place of audio. Resolves after the gap behind the last, or when the session is
   * closed. Throws when no telephone events were agreed on.
   */
  press(digits: string, timing: DigitTiming = {}): Promise<void> {
    if (typeof this.#remote?.telephoneEvent !== 'number')
      throw new Error('the far end takes no telephone events');
    if (this.#isClosed) return Promise.resolve();
    this.#pressing?.end();
    const writer = new DigitWriter(digits, timing);
    return new Promise((end) => {
      this.#pressing = { writer, end };
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopClock?.();
    this.stopPlaying();
    this.#pressing?.end();
    this.#socket.close();
  }

  #startSending(): () => void {
    if (this.#pace === 'clock') return this.#clock.start(() => this.#sendFrame());
    const timer = setInterval(() => this.#sendFrame(), UNPACED_MS);
    return () => clearInterval(timer);
  }

  #endPlaying(how: PlayEnd): void {
    const ended = this.#playing;
    this.#playing = null;
    ended?.end(how);
  }

  #sendFrame(): void {
    const remote = this.#remote;
    // On hold, playing is paused. Nothing can be sent to port 0.
    if (remote === null || remote.port === 0 || this.isSecured) return;
    if (remote.direction === 'recvonly' || remote.direction === 'inactive') return;
    const pcm = this.#nextFrame();
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
    const digit = this.#pressing?.writer.next(FRAME_SAMPLES, this.#timestamp) ?? null;
    if (digit !== null) {
      this.#sendDigit(digit, remote);
      return;
    }
    this.#pressing?.end();
    this.#pressing = null;
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

  #sendDigit({ payload, marker, timestamp }: DigitFrame, { telephoneEvent, host, port }: RtpRemote): void {
    this.#isFirstOfSpurt = true;
    if (payload === null || typeof telephoneEvent !== 'number') return;
    const [sequence, ssrc] = [this.#sequence, this.#ssrc];
    const header = { payloadType: telephoneEvent, marker, sequence, timestamp, ssrc };
    const packet = allocateRtp(header, payload.length);
    payload.copy(packet, RTP_HEADER_BYTES);
    this.#sequence = (sequence + 1) % SEQUENCES;
    this.packetsSent += 1;
    this.#socket.send(packet, port, host);
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
    if (this.isSecured) return;
    this.#followSource(from);
    if (this.#pace === 'received') this.#sendFrame();
    if (rtp.payloadType === this.#remote?.telephoneEvent) {
      const digit = this.#digits.read(rtp);
      if (digit !== null) this.emit('digit', digit);
    }
    const codec = g711ByPayloadType(rtp.payloadType);
    const missing = this.#packetsMissingBefore(rtp);
    if (missing === null || codec === null) return;
    const pcm = codec.decode(rtp.payload);
    for (let i = 0; i < missing; i++) this.emit('frame', new Int16Array(pcm.length));
    this.emit('frame', pcm);
  }

  /**
   * Symmetric RTP (RFC 4961): audio is sent to the source of the first packet, not to the address in the SDP.
   */
  #followSource({ address: host, port }: RemoteInfo): void {
    // Port 0 can be a source, but not a destination.
    if (port === 0) return;
    if (this.#remote === null || this.#isRemoteHeard || isSamePlace({ host, port }, this.#formerRemote))
      return;
    this.#isRemoteHeard = true;
    this.#remote = { ...this.#remote, host, port };
  }

  /** How many missing packets to fill in before this one; null when it is late or a duplicate. */
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

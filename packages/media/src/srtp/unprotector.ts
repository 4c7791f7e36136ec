import { RTP_HEADER_BYTES } from '../rtp/packet.js';
import { deriveKeys, type SessionKeys } from './keys.js';
import { ReplayWindow } from './replay.js';
import { SRTP_SUITES, type SrtpKey } from './suites.js';
import {
  crypt,
  ENCRYPTED,
  isEqual,
  RTCP_HEADER_BYTES,
  RTCP_TAG_BYTES,
  SEQUENCES,
  tagOf,
  uint32,
} from './transform.js';

const RTCP_INDEX_BYTES = 4;
/** Streams of the far end that are remembered; a call has one, or a few in turn. */
const MOST_STREAMS = 8;

/** Opens what the far end has protected (RFC 3711). Its methods never throw. */
export class SrtpUnprotector {
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #tagBytes: number;
  readonly #mkiBytes: number;
  /** By SSRC. */
  readonly #windows = new Map<number, ReplayWindow>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();
  /** The highest index of each stream under the former key. */
  readonly #formerly: ReadonlyMap<number, number>;

  /** `former`: the far end has another key from now on. */
  constructor({ suite, inline, mkiBytes = 0 }: SrtpKey, former: SrtpUnprotector | null = null) {
    const { rtp, rtcp } = deriveKeys(inline);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#tagBytes = SRTP_SUITES[suite];
    this.#mkiBytes = mkiBytes;
    const streams = former === null ? [] : [...former.#windows];
    this.#formerly = new Map(streams.map(([ssrc, { highest }]) => [ssrc, highest]));
  }

  /** The RTP packet in it, or null when it is malformed, not authentic, or has come before. */
  rtp(packet: Buffer): Buffer | null {
    const tagAt = packet.length - this.#tagBytes;
    const end = tagAt - this.#mkiBytes;
    const headBytes = headerBytes(packet);
    if (headBytes === null || headBytes > end) return null;
    const ssrc = packet.readUInt32BE(8);
    const window = this.#windows.get(ssrc);
    const covered = packet.subarray(0, end);
    const tag = packet.subarray(tagAt);
    for (const index of this.#indicesOf(ssrc, window, packet.readUInt16BE(2))) {
      const rolloverCount = uint32(Math.floor(index / SEQUENCES));
      if (!isEqual(tag, tagOf(this.#rtp, [covered, rolloverCount], this.#tagBytes))) continue;
      (window ?? remember(this.#windows, ssrc)).take(index);
      const body = crypt(this.#rtp, ssrc, index, packet.subarray(headBytes, end));
      return Buffer.concat([packet.subarray(0, headBytes), body]);
    }
    return null;
  }

  /** The compound RTCP packet in it, or null as with `rtp`. */
  rtcp(packet: Buffer): Buffer | null {
    const tagAt = packet.length - RTCP_TAG_BYTES;
    const coveredTo = tagAt - this.#mkiBytes;
    const indexAt = coveredTo - RTCP_INDEX_BYTES;
    if (indexAt < RTCP_HEADER_BYTES) return null;
    const ssrc = packet.readUInt32BE(4);
    const word = packet.readUInt32BE(indexAt);
    const index = word % ENCRYPTED;
    const window = this.#rtcpWindows.get(ssrc);
    if (window?.isNew(index) === false) return null;
    const tag = tagOf(this.#rtcp, [packet.subarray(0, coveredTo)], RTCP_TAG_BYTES);
    if (!isEqual(packet.subarray(tagAt), tag)) return null;
    (window ?? remember(this.#rtcpWindows, ssrc)).take(index);
    const head = packet.subarray(0, RTCP_HEADER_BYTES);
    const body = packet.subarray(RTCP_HEADER_BYTES, indexAt);
    return Buffer.concat([head, word < ENCRYPTED ? body : crypt(this.#rtcp, ssrc, index, body)]);
  }

  /** What the packet's index may be; one that has come before is none. */
  #indicesOf(ssrc: number, window: ReplayWindow | undefined, sequence: number): number[] {
    if (window !== undefined) {
      const index = indexOf(window.highest, sequence);
      return index >= 0 && window.isNew(index) ? [index] : [];
    }
    // A stream begins with a rollover counter of 0, but its first packets may have been lost around the wrap. With a new
    // key the counter goes on (RFC 3711 section 3.3.1); stacks that make everything anew begin at 0 again.
    const begun = [sequence, SEQUENCES + sequence];
    const formerly = this.#formerly.get(ssrc);
    return formerly === undefined ? begun : [Math.max(0, indexOf(formerly, sequence)), ...begun];
  }
}

/** The packet's index by its sequence number and the highest index so far (RFC 3711 section 3.3.1 and appendix A). */
function indexOf(highest: number, sequence: number): number {
  const base = highest - (highest % SEQUENCES);
  const last = highest % SEQUENCES;
  if (sequence - last > SEQUENCES / 2) return base - SEQUENCES + sequence;
  return last - sequence > SEQUENCES / 2 ? base + SEQUENCES + sequence : base + sequence;
}

/** A window for another stream, in the place of the oldest when there are too many. */
function remember(windows: Map<number, ReplayWindow>, ssrc: number): ReplayWindow {
  const window = new ReplayWindow();
  windows.set(ssrc, window);
  const [oldest] = windows.keys();
  if (windows.size > MOST_STREAMS && oldest !== undefined) windows.delete(oldest);
  return window;
}

/** The header, CSRC list and extension, which stay in the clear; null when they do not fit. */
function headerBytes(packet: Buffer): number | null {
  if (packet.length < RTP_HEADER_BYTES || ((packet[0] as number) & 0xc0) !== 0x80) return null;
  const first = packet[0] as number;
  const bytes = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) === 0) return bytes;
  return packet.length < bytes + 4 ? null : bytes + 4 + packet.readUInt16BE(bytes + 2) * 4;
}

import { RTP_HEADER_BYTES } from '../rtp/packet.js';
import { sequenceDistance } from '../rtp/wrap.js';
import { deriveKeys, type SessionKeys } from './keys.js';
import { SRTP_SUITES, type SrtpKey } from './suites.js';
import {
  crypt,
  ENCRYPTED,
  RTCP_HEADER_BYTES,
  RTCP_TAG_BYTES,
  SEQUENCES,
  tagOf,
  uint32,
} from './transform.js';

/** Protects what we send (RFC 3711), by Node's own AES and HMAC. */
export class SrtpProtector {
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #tagBytes: number;
  #rolloverCount = 0;
  #lastSequence = -1;
  #rtcpIndex = 0;

  /** `former`: another key begins here; its packets are numbered on (RFC 3711 section 3.3.1). */
  constructor({ suite, inline }: SrtpKey, former: SrtpProtector | null = null) {
    const { rtp, rtcp } = deriveKeys(inline);
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#tagBytes = SRTP_SUITES[suite];
    if (former === null) return;
    this.#rolloverCount = former.#rolloverCount;
    this.#lastSequence = former.#lastSequence;
    this.#rtcpIndex = former.#rtcpIndex;
  }

  /** The SRTP packet of an RTP packet of ours; those that are sent on may be out of order. */
  rtp(packet: Buffer): Buffer {
    const sequence = packet.readUInt16BE(2);
    const rolloverCount = this.#rolloverCountOf(sequence);
    const head = packet.subarray(0, RTP_HEADER_BYTES);
    const index = rolloverCount * SEQUENCES + sequence;
    const body = crypt(this.#rtp, packet.readUInt32BE(8), index, packet.subarray(RTP_HEADER_BYTES));
    const tag = tagOf(this.#rtp, [head, body, uint32(rolloverCount)], this.#tagBytes);
    return Buffer.concat([head, body, tag]);
  }

  /** How often the sequence numbers had begun again before this one. */
  #rolloverCountOf(sequence: number): number {
    const last = this.#lastSequence;
    const isLate = last >= 0 && sequenceDistance(last, sequence) < 0;
    if (isLate) return sequence > last ? this.#rolloverCount - 1 : this.#rolloverCount;
    if (sequence < last) this.#rolloverCount += 1;
    this.#lastSequence = sequence;
    return this.#rolloverCount;
  }

  /** The SRTCP packet of a compound RTCP packet (RFC 3711 section 3.4). */
  rtcp(packet: Buffer): Buffer {
    this.#rtcpIndex += 1;
    const head = packet.subarray(0, RTCP_HEADER_BYTES);
    const ssrc = packet.readUInt32BE(4);
    const body = crypt(this.#rtcp, ssrc, this.#rtcpIndex, packet.subarray(RTCP_HEADER_BYTES));
    const index = uint32(ENCRYPTED + this.#rtcpIndex);
    return Buffer.concat([head, body, index, tagOf(this.#rtcp, [head, body, index], RTCP_TAG_BYTES)]);
  }
}

/** RTP's fixed header is 12 bytes (RFC 3550 section 5.1). */
export const RTP_HEADER_BYTES = 12;
const VERSION_MASK = 0xc0;
const VERSION_2 = 0x80;

export interface RtpPacket {
  /** 0 to 127. */
  payloadType: number;
  marker: boolean;
  /** 0 to 65535, wrapping. */
  sequence: number;
  /** In samples, 0 to 2^32 - 1, wrapping. */
  timestamp: number;
  ssrc: number;
  /** A view into the datagram, without CSRC list, header extension and padding. */
  payload: Uint8Array;
}

/**
 * Reads an RTP packet (RFC 3550 section 5.1), or returns null when it is none: too short, another version, or an
 * extension or padding that does not fit. Never throws.
 */
export function parseRtp(packet: Uint8Array): RtpPacket | null {
  const length = packet.length;
  if (length < RTP_HEADER_BYTES) return null;
  const first = packet[0] as number;
  if ((first & VERSION_MASK) !== VERSION_2) return null;
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (length < start + 4) return null;
    start += 4 + uint16(packet, start + 2) * 4;
  }
  if (start > length) return null;
  let end = length;
  if ((first & 0x20) !== 0) {
    const padding = packet[length - 1] as number;
    // The count includes itself, so 0 is malformed.
    if (padding === 0 || padding > length - start) return null;
    end -= padding;
  }
  const second = packet[1] as number;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: uint16(packet, 2),
    timestamp: uint32(packet, 4),
    ssrc: uint32(packet, 8),
    payload: packet.subarray(start, end),
  };
}

/** What differs from packet to packet of a stream. */
export type RtpHeader = Omit<RtpPacket, 'payload' | 'ssrc'>;

/** Writes the fixed header at the start of `packet`, which has at least 12 bytes. */
export function writeRtpHeader(packet: Buffer, header: RtpHeader, ssrc: number): void {
  packet[0] = VERSION_2;
  packet[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  packet.writeUInt16BE(header.sequence, 2);
  packet.writeUInt32BE(header.timestamp, 4);
  packet.writeUInt32BE(ssrc, 8);
}

/**
 * Whether a datagram on a shared port is RTCP (RFC 5761 section 4): its second byte is a packet type of 192 to 223,
 * which as RTP would be the payload types 64 to 95 with the marker set.
 */
export function isRtcp(packet: Uint8Array): boolean {
  const type = packet[1];
  return type !== undefined && type >= 192 && type <= 223;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0;
}

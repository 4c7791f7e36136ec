/** RTP's fixed header is 12 bytes (RFC 3550, section 5.1). */
export const RTP_HEADER_BYTES = 12;
const VERSION_2 = 0x80;

export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  /** 0 to 65535, wrapping. */
  sequence: number;
  /** In samples, 0 to 2^32 - 1, wrapping. */
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
}

/** Parses an RTP packet; null when it is not one (too short, another version, inconsistent lengths). */
export function parseRtp(packet: Buffer): RtpPacket | null {
  const first = packet[0];
  if (first === undefined || packet.length < RTP_HEADER_BYTES || (first & 0xc0) !== VERSION_2) return null;
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (packet.length < start + 4) return null;
    start += 4 + packet.readUInt16BE(start + 2) * 4;
  }
  const padding = (first & 0x20) !== 0 ? (packet[packet.length - 1] as number) : 0;
  const end = packet.length - padding;
  if (end < start) return null;
  const second = packet[1] as number;
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequence: packet.readUInt16BE(2),
    timestamp: packet.readUInt32BE(4),
    ssrc: packet.readUInt32BE(8),
    payload: packet.subarray(start, end),
  };
}

/** A packet with its header written and `payloadBytes` of room behind it. */
export function allocateRtp(header: Omit<RtpPacket, 'payload'>, payloadBytes: number): Buffer {
  const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payloadBytes);
  packet[0] = VERSION_2;
  packet[1] = (header.marker ? 0x80 : 0) | header.payloadType;
  packet.writeUInt16BE(header.sequence, 2);
  packet.writeUInt32BE(header.timestamp, 4);
  packet.writeUInt32BE(header.ssrc, 8);
  return packet;
}

import type { Reception } from '../rtp/receiver-statistics.js';

const SR = 200;
const RR = 201;
const SDES = 202;
const BYE = 203;
const CNAME = 1;
const REPORT_BYTES = 24;
const SENDER_INFO_BYTES = 20;

/** A report block with its times (RFC 3550 section 6.4.1). */
export interface ReportBlock extends Reception {
  /** The middle 32 bits of the NTP time of the last sender report, 0 when none was received. */
  lastReport: number;
  /** In 1/65536 s. */
  delaySinceLastReport: number;
}

/** What a compound packet says that is of use here. */
export interface RtcpReport {
  /** Who sent it. */
  ssrc: number;
  /** The middle 32 bits of the NTP time of its sender report, or null. */
  sentAt: number | null;
  blocks: ReportBlock[];
  /** It, or another source, says good-bye. */
  isBye: boolean;
}

/** What a sender report says of our own stream. */
export interface SenderInfo {
  /** Seconds since 1900 and their fraction in 1/2^32. */
  ntpSeconds: number;
  ntpFraction: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

/**
 * Reads a compound RTCP packet by the rules of RFC 3550 appendix A.2: version 2 throughout, a report first, lengths
 * that add up. Returns null when it breaks them. Never throws.
 */
export function parseRtcp(packet: Buffer): RtcpReport | null {
  if (packet.length < 8) return null;
  const firstType = packet[1];
  if (firstType !== SR && firstType !== RR) return null;
  const report: RtcpReport = { ssrc: packet.readUInt32BE(4), sentAt: null, blocks: [], isBye: false };
  let at = 0;
  while (at < packet.length) {
    if (packet.length - at < 4 || ((packet[at] as number) & 0xc0) !== 0x80) return null;
    const end = at + 4 * (packet.readUInt16BE(at + 2) + 1);
    if (end > packet.length) return null;
    const count = (packet[at] as number) & 0x1f;
    const type = packet[at + 1];
    if (type === BYE) report.isBye = true;
    if ((type === SR || type === RR) && !readReport(packet, at, end, type, count, report)) return null;
    at = end;
  }
  return report;
}

function readReport(
  packet: Buffer,
  at: number,
  end: number,
  type: number,
  count: number,
  into: RtcpReport,
): boolean {
  let block = at + 8 + (type === SR ? SENDER_INFO_BYTES : 0);
  if (block + count * REPORT_BYTES > end) return false;
  if (type === SR) into.sentAt = packet.readUInt32BE(at + 10);
  for (let n = 0; n < count; n++, block += REPORT_BYTES)
    into.blocks.push({
      ssrc: packet.readUInt32BE(block),
      fractionLost: packet[block + 4] as number,
      cumulativeLost: packet.readIntBE(block + 5, 3),
      highestSequence: packet.readUInt32BE(block + 8),
      jitter: packet.readUInt32BE(block + 12),
      lastReport: packet.readUInt32BE(block + 16),
      delaySinceLastReport: packet.readUInt32BE(block + 20),
    });
  return true;
}

/** A compound packet: SR or RR, SDES with the CNAME, and BYE at the end of the session (RFC 3550 section 6.1). */
export function formatRtcp(
  ssrc: number,
  cname: string,
  sender: SenderInfo | null,
  block: ReportBlock | null,
  isBye: boolean,
): Buffer {
  const parts = [formatReport(ssrc, sender, block), formatSdes(ssrc, cname)];
  if (isBye) parts.push(head(BYE, 1, 8, ssrc));
  return Buffer.concat(parts);
}

function formatReport(ssrc: number, sender: SenderInfo | null, block: ReportBlock | null): Buffer {
  const infoBytes = sender === null ? 0 : SENDER_INFO_BYTES;
  const blockBytes = block === null ? 0 : REPORT_BYTES;
  const packet = head(sender === null ? RR : SR, block === null ? 0 : 1, 8 + infoBytes + blockBytes, ssrc);
  if (sender !== null) {
    packet.writeUInt32BE(sender.ntpSeconds, 8);
    packet.writeUInt32BE(sender.ntpFraction, 12);
    packet.writeUInt32BE(sender.rtpTimestamp, 16);
    packet.writeUInt32BE(sender.packets >>> 0, 20);
    packet.writeUInt32BE(sender.octets >>> 0, 24);
  }
  if (block !== null) writeBlock(packet, 8 + infoBytes, block);
  return packet;
}

function writeBlock(packet: Buffer, at: number, block: ReportBlock): void {
  packet.writeUInt32BE(block.ssrc, at);
  packet[at + 4] = block.fractionLost;
  packet.writeIntBE(Math.max(-0x80_0000, Math.min(0x7f_ffff, block.cumulativeLost)), at + 5, 3);
  packet.writeUInt32BE(block.highestSequence, at + 8);
  packet.writeUInt32BE(block.jitter >>> 0, at + 12);
  packet.writeUInt32BE(block.lastReport, at + 16);
  packet.writeUInt32BE(block.delaySinceLastReport, at + 20);
}

function formatSdes(ssrc: number, cname: string): Buffer {
  // The item, the null octet that ends the list, and padding to 32 bits.
  const itemBytes = 2 + cname.length + 1;
  const packet = head(SDES, 1, 8 + Math.ceil(itemBytes / 4) * 4, ssrc);
  packet[8] = CNAME;
  packet[9] = cname.length;
  packet.write(cname, 10, 'latin1');
  return packet;
}

function head(type: number, count: number, bytes: number, ssrc: number): Buffer {
  const packet = Buffer.alloc(bytes);
  packet[0] = 0x80 | count;
  packet[1] = type;
  packet.writeUInt16BE(bytes / 4 - 1, 2);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

import { randomBytes } from 'node:crypto';
import type { ReceiverStatistics } from '../rtp/receiver-statistics.js';
import type { RtpSender } from '../rtp/sender.js';
import { formatRtcp, parseRtcp, type ReportBlock, type SenderInfo } from './packet.js';

/** RFC 3550 section 6.2: reports are 5 s apart at least, and half as much again or less at random. */
const INTERVAL_MS = 5000;
const SECONDS_1900_TO_1970 = 2_208_988_800;
const UNITS_A_SECOND = 0x1_0000;
/** A round trip of more than this is no measurement but a wrong clock. */
const LONGEST_ROUND_TRIP_MS = 10_000;

/** What the far end reports of what it receives from us. */
export interface FarEndView {
  /** 0 to 1, since its last report. */
  lossShare: number;
  lost: number;
  jitterMs: number;
}

/** The clock of a session: `nowMs` never jumps; `wallMs` is the time of day. */
export interface ReportClock {
  nowMs: number;
  wallMs: number;
}

/** Sends sender and receiver reports and reads the far end's (RFC 3550 section 6.4). */
export class RtcpReporter {
  /** The last round trip in ms, or null. */
  roundTripMs: number | null = null;
  farEnd: FarEndView | null = null;
  readonly #sender: RtpSender;
  readonly #statistics: ReceiverStatistics;
  readonly #cname = `${randomBytes(8).toString('hex')}@outdial.invalid`;
  #dueAt = Number.POSITIVE_INFINITY;
  #packetsReported = 0;
  #lastReport = 0;
  #lastReportAt = 0;

  constructor(sender: RtpSender, statistics: ReceiverStatistics) {
    this.#sender = sender;
    this.#statistics = statistics;
  }

  /** The far end is known: the first report follows after half an interval. */
  start(nowMs: number): void {
    if (this.#dueAt === Number.POSITIVE_INFINITY) this.#dueAt = nowMs + this.#pause() / 2;
  }

  /** The report that is due now, or null. */
  due(clock: ReportClock): Buffer | null {
    if (clock.nowMs < this.#dueAt) return null;
    this.#dueAt = clock.nowMs + this.#pause();
    return this.#format(clock, false);
  }

  /** The last report, which says good-bye. */
  bye(clock: ReportClock): Buffer {
    return this.#format(clock, true);
  }

  /** Takes a compound packet; false when it is malformed. */
  take(packet: Buffer, { nowMs, wallMs }: ReportClock): boolean {
    const report = parseRtcp(packet);
    if (report === null) return false;
    if (report.sentAt !== null) {
      this.#lastReport = report.sentAt;
      this.#lastReportAt = nowMs;
    }
    for (const block of report.blocks) if (block.ssrc === this.#sender.ssrc) this.#takeBlock(block, wallMs);
    return true;
  }

  #takeBlock(block: ReportBlock, wallMs: number): void {
    const { fractionLost, cumulativeLost, jitter } = block;
    this.farEnd = { lossShare: fractionLost / 256, lost: Math.max(0, cumulativeLost), jitterMs: jitter / 8 };
    if (block.lastReport === 0) return;
    const { middle } = ntp(wallMs);
    const units = (middle - block.lastReport - block.delaySinceLastReport) | 0;
    const roundTripMs = (units * 1000) / UNITS_A_SECOND;
    // Clocks of two machines can disagree by a hair about a short trip.
    if (roundTripMs > -5 && roundTripMs < LONGEST_ROUND_TRIP_MS) this.roundTripMs = Math.max(0, roundTripMs);
  }

  #format({ nowMs, wallMs }: ReportClock, isBye: boolean): Buffer {
    const sender = this.#sender;
    const isSender = sender.packets > this.#packetsReported;
    this.#packetsReported = sender.packets;
    const { seconds, fraction } = ntp(wallMs);
    const info: SenderInfo | null = isSender
      ? {
          ntpSeconds: seconds,
          ntpFraction: fraction,
          rtpTimestamp: sender.timestampAt(nowMs),
          packets: sender.packets,
          octets: sender.octets,
        }
      : null;
    const reception = this.#statistics.report();
    const delay = this.#lastReport === 0 ? 0 : ((nowMs - this.#lastReportAt) * UNITS_A_SECOND) / 1000;
    const block =
      reception === null
        ? null
        : { lastReport: this.#lastReport, delaySinceLastReport: Math.round(delay) >>> 0, ...reception };
    return formatRtcp(sender.ssrc, this.#cname, info, block, isBye);
  }

  #pause(): number {
    return INTERVAL_MS * (1 + Math.random() / 2);
  }
}

/** A time of day as NTP has it; `middle` are the 32 bits around the point. */
function ntp(wallMs: number): { seconds: number; fraction: number; middle: number } {
  const seconds = Math.floor(wallMs / 1000) + SECONDS_1900_TO_1970;
  const fraction = Math.floor(((wallMs % 1000) / 1000) * 2 ** 32);
  return { seconds, fraction, middle: (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0 };
}

import type { RtpPacket } from './packet.js';
import { sequenceDistance, timestampDistance } from './wrap.js';

/** A jump of more than this is a restart of the sender (RFC 3550 appendix A.1). */
const MAX_DROPOUT = 3000;
const SEQUENCES = 0x1_0000;
const SAMPLES_A_MS = 8;

/** What a report block says of a source (RFC 3550 section 6.4.1). */
export interface Reception {
  ssrc: number;
  /** 0 to 255: the share lost since the last report. */
  fractionLost: number;
  /** Since the beginning; negative when packets came twice. */
  cumulativeLost: number;
  highestSequence: number;
  /** In samples. */
  jitter: number;
}

/** Counts what comes in from one source, and its jitter (RFC 3550 appendices A.1, A.3 and A.8). */
export class ReceiverStatistics {
  /** Packets of all sources of the session. */
  received = 0;
  #ssrc: number | null = null;
  #base = 0;
  #highest = 0;
  #receivedOfSource = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit = 0;
  #jitter = 0;
  #highestJitter = 0;

  /** Interarrival jitter in ms; also the highest that there was. */
  get jitterMs(): number {
    return this.#jitter / SAMPLES_A_MS;
  }

  get highestJitterMs(): number {
    return this.#highestJitter / SAMPLES_A_MS;
  }

  /** `nowMs` is the time of arrival on a clock that never jumps. */
  take({ ssrc, sequence, timestamp }: RtpPacket, nowMs: number): void {
    this.received += 1;
    const ahead = sequenceDistance(this.#highest & 0xffff, sequence);
    if (ssrc !== this.#ssrc || Math.abs(ahead) > MAX_DROPOUT) this.#restart(ssrc, sequence, timestamp, nowMs);
    else if (ahead > 0) this.#highest += ahead;
    this.#receivedOfSource += 1;
    this.#follow(timestamp, nowMs);
  }

  /** The report block of the source, or null when there is none yet; begins the next interval. */
  report(): Reception | null {
    if (this.#ssrc === null) return null;
    const expected = this.#highest - this.#base + 1;
    const expectedSince = expected - this.#expectedBefore;
    const lostSince = expectedSince - (this.#receivedOfSource - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#receivedOfSource;
    const fraction = expectedSince <= 0 || lostSince <= 0 ? 0 : Math.floor((lostSince * 256) / expectedSince);
    return {
      ssrc: this.#ssrc,
      fractionLost: Math.min(255, fraction),
      cumulativeLost: expected - this.#receivedOfSource,
      highestSequence: this.#highest >>> 0,
      jitter: Math.round(this.#jitter),
    };
  }

  #restart(ssrc: number, sequence: number, timestamp: number, nowMs: number): void {
    this.#ssrc = ssrc;
    // Room below it, so that a packet that overtook the first one does not count below zero.
    this.#base = SEQUENCES + sequence;
    this.#highest = this.#base;
    this.#receivedOfSource = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#transit = transitOf(timestamp, nowMs);
    this.#jitter = 0;
  }

  #follow(timestamp: number, nowMs: number): void {
    const transit = transitOf(timestamp, nowMs);
    const change = Math.abs(timestampDistance(this.#transit, transit));
    this.#transit = transit;
    // A pause that the timestamps do not show is no jitter.
    if (change > 8000) return;
    this.#jitter += (change - this.#jitter) / 16;
    if (this.#jitter > this.#highestJitter) this.#highestJitter = this.#jitter;
  }
}

function transitOf(timestamp: number, nowMs: number): number {
  return (Math.round(nowMs * SAMPLES_A_MS) - timestamp) >>> 0;
}

import type { OrderCounts } from '../jitter/jitter-buffer.js';
import type { FarEndView } from '../rtcp/reporter.js';
import { mosOf, ratingOf } from './e-model.js';

/** How good the media of a session was. */
export interface Quality {
  /** RTP packets taken from the far end, those of digits and comfort noise included. */
  packetsReceived: number;
  packetsSent: number;
  /** Never came, or came after they had been given up. */
  packetsLost: number;
  /** Of these: came too late. */
  packetsLate: number;
  packetsDuplicated: number;
  /** Datagrams that were no RTP of the stream: malformed, or from somebody else. */
  packetsRefused: number;
  /** Interarrival jitter (RFC 3550 section 6.4.1) at the end, and the highest that it was. */
  jitterMs: number;
  highestJitterMs: number;
  /** By RTCP; null when the far end sends none. */
  roundTripMs: number | null;
  /** What the far end says of our packets, by RTCP; null when it sends none. */
  farEnd: FarEndView | null;
  /** Audio that came, in ms. */
  heardMs: number;
  /**
   * Estimated by ITU-T G.107 for G.711 of what we hear, 1 to 4.4; null before any packet. The delay is half of the
   * round trip, the packets' length, and the time that lost ones are waited for.
   */
  mos: number | null;
}

export interface QualityInput {
  received: number;
  sent: number;
  refused: number;
  counts: OrderCounts;
  jitterMs: number;
  highestJitterMs: number;
  waitMs: number;
  ptimeMs: number;
  roundTripMs: number | null;
  farEnd: FarEndView | null;
  heardMs: number;
}

export function qualityOf(input: QualityInput): Quality {
  const { received, counts, roundTripMs, waitMs, ptimeMs } = input;
  const expected = received - counts.duplicated - counts.late + counts.lost;
  const delayMs = (roundTripMs ?? 0) / 2 + ptimeMs + waitMs;
  const mos =
    received === 0
      ? null
      : mosOf(ratingOf({ lossShare: expected > 0 ? counts.lost / expected : 0, delayMs }));
  return {
    packetsReceived: received,
    packetsSent: input.sent,
    packetsLost: counts.lost,
    packetsLate: counts.late,
    packetsDuplicated: counts.duplicated,
    packetsRefused: input.refused,
    jitterMs: round(input.jitterMs),
    highestJitterMs: round(input.highestJitterMs),
    roundTripMs: roundTripMs === null ? null : round(roundTripMs),
    farEnd: input.farEnd,
    heardMs: input.heardMs,
    mos: mos === null ? null : Math.round(mos * 100) / 100,
  };
}

/** Of a session whose media was lost before anything was told of it. */
export const NO_QUALITY: Quality = qualityOf({
  received: 0,
  sent: 0,
  refused: 0,
  counts: { lost: 0, late: 0, duplicated: 0 },
  jitterMs: 0,
  highestJitterMs: 0,
  waitMs: 0,
  ptimeMs: 20,
  roundTripMs: null,
  farEnd: null,
  heardMs: 0,
});

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

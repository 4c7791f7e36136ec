import type { RtpPacket } from './packet.js';
import { sequenceDistance } from './wrap.js';

/** Where packets come from or go to. */
export interface Place {
  address: string;
  port: number;
}

/** What is to be done with a packet. */
export type SourceVerdict =
  /** It is of the stream. */
  | 'accept'
  /** Not of the stream so far: keep it, its source may prove to be the far end. */
  | 'hold'
  /** Its source has just proved to be the far end: accept what was held, and it. */
  | 'latch'
  /** Not of the stream. */
  | 'refuse';

/** Packets in a row that prove a source before anything was heard from the signalled one: 100 ms. */
export const PACKETS_TO_LATCH = 5;
/** Packets in a row that prove that a stream goes on from elsewhere: half a second. */
const PACKETS_TO_MOVE = 25;
/** How far the sequence numbers of a stream that goes on elsewhere may have moved. */
const LONGEST_MOVE = 500;

interface Candidate extends Place {
  ssrc: number;
  sequence: number;
  count: number;
}

/**
 * Symmetric RTP (RFC 4961), guarded: follows a far end that sends from another place than its description says
 * (behind a NAT), and nobody else.
 *
 * - The signalled place is always heard, and wins back the stream as soon as it sends.
 * - Another place becomes the far end's after 5 packets in a row of one source, with none from the signalled place.
 * - Once the far end was heard, another place is taken only if it goes on with the same SSRC and sequence numbers,
 *   25 packets in a row, and the former place is silent: a NAT that changed its binding. Who injects packets from
 *   elsewhere does not know them.
 */
export class SourceLatch {
  #signalled: Place | null = null;
  /** The place that is heard and answered. */
  #current: Place | null = null;
  #isHeard = false;
  #ssrc = 0;
  #sequence = 0;
  #candidate: Candidate | null = null;

  /** Where to send: the place that was proved, else the signalled one. */
  get current(): Place | null {
    return this.#current;
  }

  /** Says where the far end is; a new place starts over. */
  signal(place: Place): void {
    const isSame = this.#signalled !== null && isSamePlace(this.#signalled, place);
    if (isSame) return;
    this.#signalled = place;
    this.#current = place;
    this.#isHeard = false;
    this.#candidate = null;
  }

  /** Judges a valid RTP packet by its source. */
  judge(packet: RtpPacket, address: string, port: number): SourceVerdict {
    const current = this.#current;
    const signalled = this.#signalled;
    if (current === null || signalled === null) return 'refuse';
    if (current.port === port && current.address === address) return this.#accept(packet);
    if (signalled.port === port && signalled.address === address) {
      this.#current = signalled;
      return this.#accept(packet);
    }
    return this.#consider(packet, address, port);
  }

  #accept({ ssrc, sequence }: RtpPacket): 'accept' {
    this.#isHeard = true;
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    this.#candidate = null;
    return 'accept';
  }

  #consider(packet: RtpPacket, address: string, port: number): SourceVerdict {
    if (this.#isHeard && !this.#goesOn(packet)) return 'refuse';
    const candidate = this.#candidate;
    const { ssrc, sequence } = packet;
    if (
      candidate === null ||
      candidate.port !== port ||
      candidate.address !== address ||
      candidate.ssrc !== ssrc ||
      ((sequence - candidate.sequence) & 0xffff) !== 1
    ) {
      this.#candidate = { address, port, ssrc, sequence, count: 1 };
      return 'hold';
    }
    candidate.sequence = sequence;
    candidate.count += 1;
    if (candidate.count < (this.#isHeard ? PACKETS_TO_MOVE : PACKETS_TO_LATCH)) return 'hold';
    this.#current = { address, port };
    this.#accept(packet);
    return 'latch';
  }

  #goesOn({ ssrc, sequence }: RtpPacket): boolean {
    const ahead = sequenceDistance(this.#sequence, sequence);
    return ssrc === this.#ssrc && ahead > 0 && ahead <= LONGEST_MOVE;
  }
}

function isSamePlace(one: Place, other: Place): boolean {
  return one.port === other.port && one.address === other.address;
}

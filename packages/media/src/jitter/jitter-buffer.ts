import { TransientMap } from '@outdial/collections';
import type { RtpPacket } from '../rtp/packet.js';
import { sequenceDistance, timestampDistance } from '../rtp/wrap.js';
import { AdaptiveWait } from './adaptive-wait.js';

/** A jump of more than this is a restart of the sender, once two packets in a row confirm it (RFC 3550 A.1). */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Packets held while one is missing; more means that it is lost, whatever the timestamps say. */
const MOST_HELD = 100;
const SAMPLES_A_MS = 8;
const SHORTEST_PACKET_MS = 10;
/** Sequence numbers given up that may still come late. */
const REMEMBERED_LOSSES = 64;

/** Takes what comes out of the buffer, in order. */
export interface OrderedSink {
  packet(packet: RtpPacket): void;
  /** So many packets are lost; the next call is the packet after them. */
  lost(packets: number): void;
  /** The packet to come belongs to another stream: another SSRC, or a sender that started over. */
  restarted(): void;
}

/** What became of the packets, for the quality of the call. */
export interface OrderCounts {
  lost: number;
  /** Came after they had been given up. */
  late: number;
  duplicated: number;
}

/**
 * Puts packets in order. One that is next is given on at once, so nothing is delayed on a line that keeps its order,
 * a burst after a stall comes out whole, and a far end whose clock runs fast or slow cannot make the buffer grow.
 * When one is missing, those after it are held for a short, adaptive wait on the stream's own clock; then it is lost,
 * and is said to be.
 */
export class JitterBuffer {
  readonly counts: OrderCounts = { lost: 0, late: 0, duplicated: 0 };
  readonly wait = new AdaptiveWait();
  readonly #sink: OrderedSink;
  readonly #held = new TransientMap<number, RtpPacket>();
  readonly #givenUp: number[] = [];
  #ssrc: number | null = null;
  #next = 0;
  #newestTimestamp = 0;
  #newestSequence = 0;
  /** Of another SSRC, or far off in sequence: two in a row are a new stream. */
  #stranger: RtpPacket | null = null;

  constructor(sink: OrderedSink) {
    this.#sink = sink;
  }

  /** Packets held back while one is missing. */
  get held(): number {
    return this.#held.size;
  }

  take(packet: RtpPacket): void {
    if (this.#ssrc === null) this.#begin(packet);
    else if (packet.ssrc !== this.#ssrc) this.#takeStranger(packet);
    else this.#takeOwn(packet);
  }

  /** Gives up what is missing and gives on what is held: no more comes for now. */
  flush(): void {
    while (this.#held.size > 0) this.#skipToHeld();
  }

  /** What comes next starts over, whatever its SSRC and sequence number are. */
  restart(): void {
    if (this.#ssrc === null) return;
    this.flush();
    this.#ssrc = null;
    this.#sink.restarted();
  }

  #begin(packet: RtpPacket): void {
    this.#ssrc = packet.ssrc;
    this.#next = packet.sequence;
    this.#newestSequence = packet.sequence;
    this.#newestTimestamp = packet.timestamp;
    this.#givenUp.length = 0;
    this.#stranger = null;
    this.#giveOn(packet);
  }

  #takeOwn(packet: RtpPacket): void {
    const { sequence, timestamp } = packet;
    const ahead = sequenceDistance(this.#next, sequence);
    if (ahead >= MAX_DROPOUT || ahead < -MAX_MISORDER) {
      this.#takeStranger(packet);
      return;
    }
    this.#stranger = null;
    if (sequenceDistance(this.#newestSequence, sequence) > 0) {
      this.#newestSequence = sequence;
      this.#newestTimestamp = timestamp;
    }
    if (ahead < 0) {
      this.#takeLate(sequence, timestamp);
      return;
    }
    if (ahead === 0) {
      this.wait.inTime();
      this.#giveOn(packet);
      this.#release();
    } else if (this.#held.has(sequence)) this.counts.duplicated += 1;
    else this.#held.set(sequence, packet);
    this.#giveUpOverdue();
  }

  #takeLate(sequence: number, timestamp: number): void {
    const at = this.#givenUp.indexOf(sequence);
    if (at < 0) {
      this.counts.duplicated += 1;
      return;
    }
    this.#givenUp.splice(at, 1);
    this.counts.late += 1;
    this.wait.late(timestampDistance(timestamp, this.#newestTimestamp) / SAMPLES_A_MS);
  }

  #takeStranger(packet: RtpPacket): void {
    const first = this.#stranger;
    if (
      first === null ||
      first.ssrc !== packet.ssrc ||
      sequenceDistance(first.sequence, packet.sequence) !== 1
    ) {
      this.#stranger = packet;
      return;
    }
    this.flush();
    this.#sink.restarted();
    this.#begin(first);
    this.take(packet);
  }

  /** Gives on what follows without a gap. */
  #release(): void {
    for (let packet = this.#held.get(this.#next); packet !== undefined; packet = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#giveOn(packet);
    }
  }

  #giveUpOverdue(): void {
    while (this.#held.size > 0) {
      const first = this.#firstHeld();
      const byTimestamp = timestampDistance(first.timestamp, this.#newestTimestamp) / SAMPLES_A_MS;
      // The packets of a telephone event all have the same timestamp.
      const byCount = sequenceDistance(first.sequence, this.#newestSequence) * SHORTEST_PACKET_MS;
      const waitedMs = Math.max(byTimestamp, byCount);
      if (waitedMs < this.wait.ms && this.#held.size <= MOST_HELD) return;
      this.#skipToHeld();
    }
  }

  #skipToHeld(): void {
    const missing = sequenceDistance(this.#next, this.#firstHeld().sequence);
    for (let n = Math.max(0, missing - REMEMBERED_LOSSES); n < missing; n++)
      this.#giveUp((this.#next + n) & 0xffff);
    this.counts.lost += missing;
    this.#sink.lost(missing);
    this.#next = (this.#next + missing) & 0xffff;
    this.#release();
  }

  #giveUp(sequence: number): void {
    this.#givenUp.push(sequence);
    if (this.#givenUp.length > REMEMBERED_LOSSES) this.#givenUp.shift();
  }

  #firstHeld(): RtpPacket {
    let first: RtpPacket | null = null;
    for (const packet of this.#held.values())
      if (first === null || sequenceDistance(packet.sequence, first.sequence) > 0) first = packet;
    return first as RtpPacket;
  }

  #giveOn(packet: RtpPacket): void {
    this.#next = (packet.sequence + 1) & 0xffff;
    this.#sink.packet(packet);
  }
}

import { randomInt } from 'node:crypto';
import type { EventPacket } from './digit-sender.js';
import { RTP_HEADER_BYTES, type RtpHeader, type RtpPacket, writeRtpHeader } from './packet.js';
import { EVENT_BYTES, writeEvent } from './telephone-event.js';
import { moveTimestamp, nextSequence, sequenceDistance, timestampDistance } from './wrap.js';

/** The lower half: a receiver of SRTP that missed the first packets still knows that none has wrapped (RFC 3711 section 3.3.1). */
const FIRST_SEQUENCES = 0x8000;
/** A stream that is sent on and jumps further than this, in packets or in samples against the clock, begins anew. */
const JUMP_PACKETS = 1000;
const JUMP_SAMPLES = 16_000;

/** How another leg's stream is numbered in ours, and how far it has come. */
interface Relayed {
  ssrc: number;
  /** What is added to its numbers. */
  sequenceOffset: number;
  timestampOffset: number;
  /** Our number of its first packet. */
  first: number;
  /** Of its latest packet: its own number, the end of its audio, and when it came. */
  sequence: number;
  end: number;
  atMs: number;
}

/**
 * Builds the packets of our own stream: one SSRC, sequence numbers from a random one on, timestamps on the clock of
 * what is sent (RFC 3550 section 5.1, RFC 3551 section 4.1). After a pause, the timestamp goes on by the length of
 * the pause and the marker begins a new talkspurt. Another leg's stream that is sent on keeps its distances, losses and order
 * included, and becomes a part of ours.
 */
export class RtpSender {
  readonly ssrc = randomInt(2 ** 32);
  packets = 0;
  /** Payload bytes, as sender reports count them. */
  octets = 0;
  readonly #transmit: (packet: Buffer) => void;
  readonly #timestampBase = randomInt(2 ** 32);
  readonly #baseMs = performance.now();
  #sequence = randomInt(FIRST_SEQUENCES);
  #timestamp = this.#timestampBase;
  #isSpurt = false;
  /** Null when the last packet was our own, or none is sent on for now. */
  #relayed: Relayed | null = null;

  constructor(transmit: (packet: Buffer) => void) {
    this.#transmit = transmit;
  }

  /** The timestamp of what is sent next. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** The timestamp that stands for a moment on the clock of `performance.now()`; for sender reports. */
  timestampAt(nowMs: number): number {
    return moveTimestamp(this.#timestampBase, Math.round((nowMs - this.#baseMs) * 8));
  }

  /** Ends the talkspurt: nothing is sent for `samples`. */
  skip(samples: number): void {
    this.#timestamp = moveTimestamp(this.#timestamp, samples);
    this.#isSpurt = false;
  }

  /** Starts over after a pause of any length: moves the timestamp to `nowMs`, never back. */
  resume(nowMs: number): void {
    const timestamp = this.timestampAt(nowMs);
    if (timestampDistance(this.#timestamp, timestamp) > 0) this.#timestamp = timestamp;
    this.#isSpurt = false;
  }

  /** Sends encoded audio that lasts `samples` (comfort noise: one packet for a longer time). */
  sendAudio(payloadType: number, payload: Uint8Array, samples: number): void {
    this.#send(payloadType, !this.#isSpurt, this.#timestamp, payload);
    this.#isSpurt = true;
    this.#timestamp = moveTimestamp(this.#timestamp, samples);
  }

  /** Sends an event's packet in the time of `samples`; its timestamp is the event's own. */
  sendEvent(payloadType: number, event: EventPacket, samples: number): void {
    const payload = Buffer.allocUnsafe(EVENT_BYTES);
    writeEvent(payload, 0, event);
    this.#send(payloadType, event.marker, event.timestamp, payload);
    this.skip(samples);
  }

  /**
   * Sends on a packet of another leg, whose audio or event lasts `samples`, as payload type `payloadType`; with another payload,
   * where the laws differ.
   */
  sendRelayed(
    payloadType: number,
    packet: RtpPacket,
    samples: number,
    nowMs: number,
    payload = packet.payload,
  ): void {
    const end = moveTimestamp(packet.timestamp, samples);
    const isNew = this.#relayed === null || hasJumped(this.#relayed, packet, end, nowMs);
    if (isNew) this.#relayed = this.#begin(packet, nowMs);
    const relayed = this.#relayed as Relayed;
    const sequence = (packet.sequence + relayed.sequenceOffset) & 0xffff;
    // One from before our own last packet comes late: its number is taken.
    if (sequenceDistance(relayed.first, sequence) < 0) return;
    const timestamp = moveTimestamp(packet.timestamp, relayed.timestampOffset);
    this.#transmitAs({ payloadType, marker: packet.marker || isNew, sequence, timestamp }, payload);
    if (sequenceDistance(this.#sequence, sequence) < 0) return;
    relayed.sequence = packet.sequence;
    relayed.end = end;
    relayed.atMs = nowMs;
    this.#sequence = nextSequence(sequence);
    const ownEnd = moveTimestamp(timestamp, samples);
    if (timestampDistance(this.#timestamp, ownEnd) > 0) this.#timestamp = ownEnd;
    // Our own audio that follows is another source's.
    this.#isSpurt = false;
  }

  /** The stream that is sent on breaks off: what comes of it later follows what was sent last. */
  endRelayed(): void {
    this.#relayed = null;
  }

  #begin({ ssrc, sequence, timestamp }: RtpPacket, nowMs: number): Relayed {
    this.resume(nowMs);
    return {
      ssrc,
      sequenceOffset: this.#sequence - sequence,
      timestampOffset: timestampDistance(timestamp, this.#timestamp),
      first: this.#sequence,
      sequence,
      end: timestamp,
      atMs: nowMs,
    };
  }

  #send(payloadType: number, marker: boolean, timestamp: number, payload: Uint8Array): void {
    this.#relayed = null;
    this.#transmitAs({ payloadType, marker, sequence: this.#sequence, timestamp }, payload);
    this.#sequence = nextSequence(this.#sequence);
  }

  #transmitAs(header: RtpHeader, payload: Uint8Array): void {
    const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
    writeRtpHeader(packet, header, this.ssrc);
    packet.set(payload, RTP_HEADER_BYTES);
    this.packets += 1;
    this.octets += payload.length;
    this.#transmit(packet);
  }
}

/** Whether a stream has begun anew: its sender did, or its clock was set. */
function hasJumped(relayed: Relayed, { ssrc, sequence }: RtpPacket, end: number, nowMs: number): boolean {
  if (ssrc !== relayed.ssrc || Math.abs(sequenceDistance(relayed.sequence, sequence)) > JUMP_PACKETS)
    return true;
  const elapsed = (nowMs - relayed.atMs) * 8;
  return Math.abs(timestampDistance(relayed.end, end) - elapsed) > JUMP_SAMPLES;
}

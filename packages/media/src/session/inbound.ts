import { SAMPLES_A_MS } from '../codec/g711.js';
import type { CheckedRemote, PayloadTypes } from '../description.js';
import { JitterBuffer } from '../jitter/jitter-buffer.js';
import { DigitReceiver } from '../rtp/digit-receiver.js';
import { parseRtp, type RtpPacket } from '../rtp/packet.js';
import { kindOf, type PacketKind } from '../rtp/packet-kind.js';
import { ReceiverStatistics } from '../rtp/receiver-statistics.js';
import { type Place, SourceLatch } from '../rtp/source-latch.js';
import { sequenceDistance } from '../rtp/wrap.js';
import type { AudioSink } from './audio-sink.js';
import { InBandDigits } from './in-band-digits.js';
import { StreamDecoder } from './stream-decoder.js';

/** A packet that is missing is waited for no longer when nothing has come for so long. */
const IDLE_MS = 60;

/** The way of the far end's packets: source, order, decoding, and who listens. */
export class Inbound {
  readonly sinks = new Set<AudioSink>();
  readonly statistics = new ReceiverStatistics();
  readonly decoder = new StreamDecoder(this.sinks);
  readonly jitter = new JitterBuffer(this.decoder);
  /** Datagrams that were not of the stream. */
  refused = 0;
  /** Takes each packet that is heard as it comes: the other leg of a bridge. */
  onPacket: ((kind: PacketKind, packet: RtpPacket) => void) | null = null;
  readonly #latch = new SourceLatch();
  readonly #digits = new DigitReceiver();
  readonly #inBandDigits = new InBandDigits((digit) => this.#onDigit(digit, this.positionMs));
  readonly #onDigit: (digit: string, atMs: number) => void;
  #held: RtpPacket[] = [];
  #payloadTypes: PayloadTypes = {};
  #isHearing = false;
  #lastAt = 0;

  constructor(onDigit: (digit: string, atMs: number) => void) {
    this.#onDigit = onDigit;
  }

  /** Where to send: the far end's proven or signalled place, or null. */
  get place(): Place | null {
    return this.#latch.current;
  }

  /** The end of what was heard so far, in ms of the stream. */
  get positionMs(): number {
    return Math.round(this.decoder.clock.end / SAMPLES_A_MS);
  }

  configure(remote: CheckedRemote, isHearing: boolean): void {
    if (remote.port !== 0) this.#latch.signal({ address: remote.address, port: remote.port });
    this.decoder.negotiate(remote.payloadTypes);
    this.#payloadTypes = remote.payloadTypes;
    // Where telephone events are agreed on, tones in the audio would be a second telling of each.
    if (remote.payloadTypes.telephoneEvent === undefined) this.sinks.add(this.#inBandDigits);
    else this.sinks.delete(this.#inBandDigits);
    // What was not heard meanwhile is not lost.
    if (isHearing && !this.#isHearing) this.jitter.restart();
    this.#isHearing = isHearing;
  }

  /** Takes a datagram of the RTP port, in the clear. */
  take(datagram: Buffer, address: string, port: number): void {
    const packet = parseRtp(datagram);
    const verdict = packet === null ? 'refuse' : this.#latch.judge(packet, address, port);
    if (packet === null || verdict === 'refuse') this.refused += 1;
    else if (verdict === 'hold') this.#hold(packet);
    else {
      if (verdict === 'latch') for (const held of this.#held) this.#process(held);
      this.#held = [];
      this.#process(packet);
    }
  }

  /** Nothing more comes for now: gives on what waits for a missing packet, and lets quiet time pass. */
  sweep(nowMs: number): void {
    if (this.jitter.held > 0 && nowMs - this.#lastAt > this.jitter.wait.ms + IDLE_MS) this.jitter.flush();
    if (this.#isHearing) this.decoder.sweep(nowMs);
  }

  #hold(packet: RtpPacket): void {
    const last = this.#held.at(-1);
    const isNext = last?.ssrc === packet.ssrc && sequenceDistance(last.sequence, packet.sequence) === 1;
    if (isNext) this.#held.push(packet);
    else {
      this.refused += this.#held.length;
      this.#held = [packet];
    }
  }

  #process(packet: RtpPacket): void {
    this.#lastAt = performance.now();
    this.statistics.take(packet, this.#lastAt);
    const kind = kindOf(packet.payloadType, this.#payloadTypes);
    if (kind === 'event') {
      const received = this.#digits.take(packet);
      if (received !== null) this.#onDigit(received.digit, this.positionMs);
    }
    if (!this.#isHearing) return;
    if (kind !== null) this.onPacket?.(kind, packet);
    this.jitter.take(packet);
  }
}

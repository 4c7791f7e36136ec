/** DTMF as named telephone events (RFC 4733): the payload is the event, the end bit with a volume, and a duration. */
import type { RtpPacket } from './rtp-packet.js';

export const DIGITS = '0123456789*#ABCD';
const END_BIT = 0x80;
/** About -10 dBm0, as telephones send. */
const VOLUME = 10;
/** The end of an event is sent so often (RFC 4733, section 2.5.1.4). */
const END_PACKETS = 3;
const SAMPLES_PER_MS = 8;

/** How long each digit sounds, and the silence after it, in ms; default 100 and 100. */
export interface DigitTiming {
  durationMs?: number;
  gapMs?: number;
}

/** Finds the end of each digit. Its last packet is sent three times, all with the digit's time stamp. */
export class DigitReader {
  #last: { ssrc: number; timestamp: number } | null = null;

  /** The digit that a telephone-event packet ends; null for any other packet of it. */
  read({ ssrc, timestamp, payload }: RtpPacket): string | null {
    const [event = DIGITS.length, flags = 0] = payload;
    const digit = DIGITS[event];
    if (digit === undefined || (flags & END_BIT) === 0) return null;
    if (this.#last?.ssrc === ssrc && this.#last.timestamp === timestamp) return null;
    this.#last = { ssrc, timestamp };
    return digit;
  }
}

/** What is to be sent of a digit in a frame's time: the payload, or null in the gap after it. */
export interface DigitFrame {
  payload: Buffer | null;
  marker: boolean;
  /** Of the beginning of the digit: the same in all of its packets. */
  timestamp: number;
}

/** Digits that are being sent, frame by frame. */
export class DigitWriter {
  readonly #events: number[];
  readonly #duration: number;
  readonly #gap: number;
  #elapsed = 0;
  #startedAt = 0;
  #ends = 0;

  /** Throws when there is something else than digits. */
  constructor(digits: string, { durationMs = 100, gapMs = 100 }: DigitTiming = {}) {
    this.#events = [...digits.toUpperCase()].map((digit) => DIGITS.indexOf(digit));
    if (this.#events.includes(-1)) throw new RangeError(`"${digits}" is not made of ${DIGITS}`);
    this.#duration = durationMs * SAMPLES_PER_MS;
    this.#gap = gapMs * SAMPLES_PER_MS;
  }

  /** The next frame, which begins at `timestamp`; null once all were sent, with the gap after the last. */
  next(samples: number, timestamp: number): DigitFrame | null {
    const event = this.#events[0];
    if (event === undefined) return null;
    const marker = this.#elapsed === 0;
    if (marker) this.#startedAt = timestamp;
    this.#elapsed += samples;
    const isEnd = this.#elapsed >= this.#duration;
    if (isEnd) this.#ends += 1;
    const isSilent = this.#ends > END_PACKETS;
    const duration = Math.min(this.#elapsed, this.#duration);
    const payload = Buffer.from([event, (isEnd ? END_BIT : 0) | VOLUME, duration >> 8, duration & 0xff]);
    const frame = { payload: isSilent ? null : payload, marker, timestamp: this.#startedAt };
    if (this.#ends >= END_PACKETS && this.#elapsed >= this.#duration + this.#gap) {
      this.#events.shift();
      this.#elapsed = 0;
      this.#ends = 0;
    }
    return frame;
  }
}

import { MediaError } from '../errors.js';
import { DIGITS, type TelephoneEvent } from './telephone-event.js';

/** The end of an event is told this often (RFC 4733 section 2.5.1.4). */
const END_PACKETS = 3;
/** About -10 dBm0, as telephones send. */
const VOLUME = 10;

/** How long each digit sounds, and the silence after it. */
export interface DigitTiming {
  /** 40 to 6000 ms. Default 100. */
  durationMs?: number;
  /** 40 to 6000 ms. Default 60. */
  gapMs?: number;
}

/** What is to be sent in a packet's time: an event, or nothing. */
export interface EventPacket extends TelephoneEvent {
  marker: boolean;
  /** RTP timestamp: the beginning of the event, the same in all of its packets. */
  timestamp: number;
}

interface Sending {
  event: number;
  timestamp: number;
  elapsed: number;
  endsSent: number;
  duration: number;
  gap: number;
}

interface Order {
  digits: string;
  at: number;
  duration: number;
  gap: number;
  onSent: () => void;
}

/**
 * Sends digits as telephone events (RFC 4733 section 2.5.1): a packet every packet time, the duration growing, and
 * three that tell the end. The end packets are a packet time apart, so that one burst of loss does not take all.
 */
export class DigitSender {
  readonly #orders: Order[] = [];
  #sending: Sending | null = null;

  /** While digits, or the gap after one, are to be sent. */
  get isBusy(): boolean {
    return this.#sending !== null || this.#orders.length > 0;
  }

  /** Queues digits. Throws `INVALID_OPTIONS` when one is no digit, or a time is out of its range. */
  add(digits: string, { durationMs = 100, gapMs = 60 }: DigitTiming, onSent: () => void): void {
    const text = digits.toUpperCase();
    if (text.length === 0 || [...text].some((digit) => !DIGITS.includes(digit)))
      throw new MediaError('INVALID_OPTIONS', `"${digits}" is not made of the digits ${DIGITS}`);
    const [duration, gap] = [durationMs, gapMs].map((ms) => {
      if (!(ms >= 40 && ms <= 6000))
        throw new MediaError('INVALID_OPTIONS', `${ms} ms of a digit or gap is not 40 to 6000`);
      return Math.round(ms * 8);
    }) as [number, number];
    this.#orders.push({ digits: text, at: 0, duration, gap, onSent });
  }

  /** Forgets what has not been sent; the digits' `onSent` are not called. */
  clear(): void {
    this.#orders.length = 0;
    this.#sending = null;
  }

  /**
   * The packet of the next `samples`, which begin at `timestamp`; null in a gap. Ends the gap, and calls `onSent`,
   * with the last packet time of it.
   */
  next(samples: number, timestamp: number): EventPacket | null {
    const isFirst = this.#sending === null;
    const sending = this.#sending ?? this.#begin(timestamp);
    if (sending === null) return null;
    sending.elapsed += samples;
    const isEnd = sending.elapsed >= sending.duration;
    if (isEnd) sending.endsSent += 1;
    const packet =
      sending.endsSent > END_PACKETS
        ? null
        : {
            event: sending.event,
            isEnd,
            volume: VOLUME,
            duration: Math.min(sending.elapsed, sending.duration),
            marker: isFirst,
            timestamp: sending.timestamp,
          };
    if (sending.endsSent >= END_PACKETS && sending.elapsed >= sending.duration + sending.gap) this.#end();
    return packet;
  }

  #begin(timestamp: number): Sending | null {
    const order = this.#orders[0];
    if (order === undefined) return null;
    const event = DIGITS.indexOf(order.digits[order.at] as string);
    const { duration, gap } = order;
    this.#sending = { event, timestamp, elapsed: 0, endsSent: 0, duration, gap };
    return this.#sending;
  }

  #end(): void {
    this.#sending = null;
    const order = this.#orders[0];
    if (order === undefined) return;
    order.at += 1;
    if (order.at < order.digits.length) return;
    this.#orders.shift();
    order.onSent();
  }
}

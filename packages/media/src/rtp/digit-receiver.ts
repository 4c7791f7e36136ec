import type { RtpPacket } from './packet.js';
import { DIGITS, LONGEST_EVENT_SAMPLES, parseEvent } from './telephone-event.js';
import { timestampDistance } from './wrap.js';

/** Events that are older than this when they come first are no news: 5 s. */
const STALE_SAMPLES = 40_000;
/** Events remembered: far more than can begin within the time above. */
const REMEMBERED = 128;
/** A packet's length of play, by which senders that move the timestamp within an event may overlap. */
const OVERLAP_SAMPLES = 160;

/** A digit that the far end has sent. */
export interface ReceivedDigit {
  /** `0` to `9`, `*`, `#`, `A` to `D`. */
  digit: string;
  /** The RTP timestamp at which it began. */
  timestamp: number;
}

/** The event that came last, as long as more of it may come. */
interface Current {
  event: number;
  /** Of its first segment. */
  startedAt: number;
  /** Of its latest packet. */
  timestamp: number;
  duration: number;
  hasEnded: boolean;
}

/**
 * Receives digits by telephone events (RFC 4733 section 2.5.2), each exactly once: an event is its timestamp, however
 * often and in whatever order its packets come. A digit is given with its first packet, so that a lost end delays
 * nothing. Long events in several segments (section 2.5.1.3) are one digit.
 */
export class DigitReceiver {
  #ssrc = -1;
  #current: Current | null = null;
  readonly #seen: number[] = [];

  /** Takes a packet of the telephone-event payload type; returns the digit that begins with it, else null. */
  take({ ssrc, timestamp, marker, payload }: RtpPacket): ReceivedDigit | null {
    const telephoneEvent = parseEvent(payload);
    if (telephoneEvent === null) return null;
    if (ssrc !== this.#ssrc) this.#restart(ssrc);
    const { event, duration, isEnd } = telephoneEvent;
    const current = this.#current;
    if (current !== null && this.#goesOn(current, event, timestamp, marker)) {
      this.#remember(timestamp);
      current.timestamp = timestamp;
      current.duration = duration;
      current.hasEnded ||= isEnd;
      return null;
    }
    if (this.#seen.includes(timestamp)) return null;
    const ahead = current === null ? 1 : timestampDistance(current.timestamp, timestamp);
    if (ahead < -STALE_SAMPLES) return null;
    this.#remember(timestamp);
    if (ahead > 0) this.#current = { event, startedAt: timestamp, timestamp, duration, hasEnded: isEnd };
    const digit = DIGITS[event];
    return digit === undefined ? null : { digit, timestamp };
  }

  /** Whether a packet belongs to the event that came last. */
  #goesOn(current: Current, event: number, timestamp: number, marker: boolean): boolean {
    const ahead = timestampDistance(current.timestamp, timestamp);
    if (ahead === 0) return event === current.event;
    if (event !== current.event || marker || ahead < 0 || current.hasEnded) return false;
    // Either the next segment of a long event, or a sender that moves the timestamp with every packet.
    return ahead === LONGEST_EVENT_SAMPLES || ahead <= current.duration + OVERLAP_SAMPLES;
  }

  #remember(timestamp: number): void {
    if (this.#seen.includes(timestamp)) return;
    this.#seen.push(timestamp);
    if (this.#seen.length > REMEMBERED) this.#seen.shift();
  }

  #restart(ssrc: number): void {
    this.#ssrc = ssrc;
    this.#current = null;
    this.#seen.length = 0;
  }
}

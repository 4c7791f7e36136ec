import { timestampDistance } from '../rtp/wrap.js';

/** A pause of more than this within one stream is a timestamp that has jumped, not a pause: 60 s. */
const LONGEST_PAUSE = 480_000;
/** A timestamp that goes back by more than a packet or two was reset. */
const LONGEST_OVERLAP = 1600;

/**
 * The position in the stream, in samples since its first packet, on the stream's own clock: its timestamps, unwrapped.
 * A new stream (another SSRC) goes on where the former one ended.
 */
export class StreamClock {
  /** Where what was placed last ends. */
  end = 0;
  #timestamp: number | null = null;

  /** The next packet belongs to another stream: its timestamps start over. */
  restart(): void {
    this.#timestamp = null;
  }

  /**
   * How many samples lie between what came before and this timestamp; 0 where the timestamps make no sense. Negative:
   * it overlaps by so much.
   */
  gapBefore(timestamp: number): number {
    if (this.#timestamp === null) return 0;
    const gap = timestampDistance(this.#timestamp, timestamp);
    return gap > LONGEST_PAUSE || gap < -LONGEST_OVERLAP ? 0 : gap;
  }

  /** The position moves on over samples that nothing came for. */
  skip(samples: number): void {
    this.end += samples;
  }

  /** Time passes without a packet: the next timestamp is expected later. Whoever calls moves the position too. */
  pass(samples: number): void {
    if (this.#timestamp !== null) this.#timestamp = (this.#timestamp + samples) >>> 0;
  }

  /** Audio of `samples` at this timestamp ends what there is. */
  place(timestamp: number, samples: number): void {
    this.#timestamp = (timestamp + samples) >>> 0;
    this.end += samples;
  }
}

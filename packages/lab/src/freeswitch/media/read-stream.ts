import { FRAME_MS, FRAME_SAMPLES, frameClock } from '../../media/frame-clock.js';
import type { RtpSession } from '../../media/rtp-session.js';

/** A packet that is later than this counts as not sent; silence takes its place. */
const LATE_MS = 2 * FRAME_MS;
/** What a media bug gets when no packet came: `memset(frame->data, 255, ...)`. */
const NO_AUDIO = new Int16Array(FRAME_SAMPLES).fill(-1);

/**
 * A channel's received audio, for its media bugs: 20 ms of PCM every 20 ms, whether or not the far end sends.
 */
export class ReadStream {
  /** `set_mute read true`. */
  isMuted = false;
  readonly #session: RtpSession;
  readonly #listeners = new Set<(pcm: Int16Array) => void>();
  readonly #onFrame = (pcm: Int16Array): void => this.#receive(pcm);
  #stopClock: (() => void) | null = null;
  /** When the next packet is due, on the clock of `performance.now()`. */
  #dueAt = 0;
  /** The last that was given took the place of a packet: what comes next is no late one, and comes after those that are due. */
  #isFillingIn = false;

  constructor(session: RtpSession) {
    this.#session = session;
  }

  /** Calls `onFrame` with each frame. Returns an unsubscribe function. */
  subscribe(onFrame: (pcm: Int16Array) => void): () => void {
    this.#listeners.add(onFrame);
    if (this.#stopClock === null) {
      this.#dueAt = performance.now();
      this.#session.on('frame', this.#onFrame);
      this.#stopClock = frameClock.start(() => this.#checkDue());
    }
    return () => {
      this.#listeners.delete(onFrame);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#session.off('frame', this.#onFrame);
    this.#stopClock?.();
    this.#stopClock = null;
  }

  #receive(pcm: Int16Array): void {
    const now = performance.now();
    if (this.#isFillingIn) this.#fillInUntil(now - FRAME_MS);
    this.#isFillingIn = false;
    this.#dueAt = Math.max(this.#dueAt + FRAME_MS, now);
    this.#emit(this.isMuted ? NO_AUDIO : pcm);
  }

  /**
   * After a stall of the process, late packets may wait in the socket: they are read before silence takes
   * their place.
   */
  #checkDue(): void {
    if (performance.now() - this.#dueAt > LATE_MS) setImmediate(() => this.#fillIn());
  }

  #fillIn(): void {
    this.#fillInUntil(performance.now() - LATE_MS);
  }

  #fillInUntil(time: number): void {
    while (this.#stopClock !== null && this.#dueAt < time) {
      this.#isFillingIn = true;
      this.#dueAt += FRAME_MS;
      this.#emit(NO_AUDIO);
    }
  }

  #emit(pcm: Int16Array): void {
    for (const listener of this.#listeners) listener(pcm);
  }
}

import { FRAME_MS, FRAME_SAMPLES, frameClock } from '../media/frame-clock.js';
import type { RtpSession } from '../media/rtp-session.js';

/** So long after its time a packet counts as not sent, and silence takes its place. */
const LATE_MS = 2 * FRAME_MS;
/** What a media bug is given where nothing came: `memset(frame->data, 255, ...)`. */
const NOTHING_HEARD = new Int16Array(FRAME_SAMPLES).fill(-1);

/** What a channel hears, for its media bugs: 20 ms of PCM every 20 ms, whether or not the far end sends. */
export class Ear {
  /** `set_mute read true`. */
  isMuted = false;
  readonly #session: RtpSession;
  readonly #listeners = new Set<(pcm: Int16Array) => void>();
  readonly #onFrame = (pcm: Int16Array): void => this.#hear(pcm);
  #stopClock: (() => void) | null = null;
  /** When the next packet is due, on the clock of `performance.now()`. */
  #dueAt = 0;

  constructor(session: RtpSession) {
    this.#session = session;
  }

  /** Calls `onFrame` for each frame until the returned function is called. */
  listen(onFrame: (pcm: Int16Array) => void): () => void {
    this.#listeners.add(onFrame);
    if (this.#stopClock === null) {
      this.#dueAt = performance.now();
      this.#session.on('frame', this.#onFrame);
      this.#stopClock = frameClock.start(() => this.#look());
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

  #hear(pcm: Int16Array): void {
    this.#dueAt = Math.max(this.#dueAt + FRAME_MS, performance.now());
    this.#tell(this.isMuted ? NOTHING_HEARD : pcm);
  }

  /** After a stall of the process, what is late may lie in the socket: that is read before silence takes its place. */
  #look(): void {
    if (performance.now() - this.#dueAt > LATE_MS) setImmediate(() => this.#fillIn());
  }

  #fillIn(): void {
    const now = performance.now();
    while (this.#stopClock !== null && now - this.#dueAt > LATE_MS) {
      this.#dueAt += FRAME_MS;
      this.#tell(NOTHING_HEARD);
    }
  }

  #tell(pcm: Int16Array): void {
    for (const listener of this.#listeners) listener(pcm);
  }
}

import type { AudioSource } from '../media/audio-source.js';
import { FRAME_SAMPLES } from '../media/frame-clock.js';

/** How something that was said came to its end. */
export type SayEnd = 'finished' | 'broken' | 'hungUp';

interface Utterance {
  readonly source: AudioSource;
  readonly end: (how: SayEnd) => void;
}

const SILENCE = new Int16Array(FRAME_SAMPLES);

/**
 * What a channel says: what it plays, and silence in between (`send_silence_when_idle=-1` of the mrf dialplan). What
 * is played while something plays comes before it; the rest of that follows, as with nested applications.
 */
export class Mouth implements AudioSource {
  readonly #stack: Utterance[] = [];
  readonly #listeners = new Set<(frame: Int16Array) => void>();
  #isClosed = false;

  /** The next 20 ms; always whole. */
  next(samples: number): Int16Array {
    const frame = this.#frame(samples);
    for (const listener of this.#listeners) listener(frame);
    return frame;
  }

  say(source: AudioSource): Promise<SayEnd> {
    if (this.#isClosed) return Promise.resolve('hungUp');
    return new Promise((end) => this.#stack.push({ source, end }));
  }

  /** Ends what is being said, as `uuid_break` does. */
  break(): void {
    this.#stack.pop()?.end('broken');
  }

  /** Ends all that is being said, and whatever is to come at once. */
  close(): void {
    this.#isClosed = true;
    for (const { end } of this.#stack.splice(0)) end('hungUp');
  }

  /** Calls `onFrame` with each 20 ms said, until the returned function is called. */
  overhear(onFrame: (frame: Int16Array) => void): () => void {
    this.#listeners.add(onFrame);
    return () => this.#listeners.delete(onFrame);
  }

  #frame(samples: number): Int16Array {
    const top = this.#stack.at(-1);
    if (top === undefined) return SILENCE;
    const part = top.source.next(samples);
    if (part.length === samples) return part;
    this.#stack.pop();
    top.end('finished');
    if (part.length === 0) return SILENCE;
    const padded = new Int16Array(samples);
    padded.set(part);
    return padded;
  }
}

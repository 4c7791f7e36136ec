import type { AudioSource } from '../../media/audio-source.js';
import { FRAME_SAMPLES } from '../../media/frame-clock.js';

/** How a playback ended. */
export type PlaybackEnd = 'finished' | 'broken' | 'hungUp';

interface PlayingSource {
  readonly source: AudioSource;
  readonly end: (how: PlaybackEnd) => void;
}

const SILENCE = new Int16Array(FRAME_SAMPLES);

/** A media bug on what is sent: gets each frame, and gives the one that is sent in its place, or nothing. */
type WriteBug = (frame: Int16Array) => Int16Array | undefined;

/**
 * A channel's sent audio: what it plays, and in between what the channel that it is bridged with receives, or silence
 * (`send_silence_when_idle=-1` of the mrf dialplan). A source that starts while another plays interrupts it; the rest of the other follows, as with
 * nested applications.
 */
export class WriteStream implements AudioSource {
  /** Sent while nothing is played; null: silence. It has no end. */
  background: AudioSource | null = null;
  readonly #stack: PlayingSource[] = [];
  /** In the order in which they were attached: one that was attached before a replacement does not get that. */
  readonly #bugs = new Set<WriteBug>();
  #isClosed = false;

  /** The next frame; never shorter than asked for. */
  next(samples: number): Int16Array {
    let frame = this.#frame(samples);
    for (const bug of this.#bugs) frame = bug(frame) ?? frame;
    return frame;
  }

  /** Plays a source to its end. */
  play(source: AudioSource): Promise<PlaybackEnd> {
    if (this.#isClosed) return Promise.resolve('hungUp');
    return new Promise((end) => this.#stack.push({ source, end }));
  }

  /** Ends the current source, as `uuid_break` does. */
  break(): void {
    this.#stack.pop()?.end('broken');
  }

  /** Ends every source, as a channel does that is transferred or bridged. */
  interrupt(): void {
    for (const { end } of this.#stack.splice(0)) end('broken');
  }

  /** Ends every source; one that is started later ends at once. */
  close(): void {
    this.#isClosed = true;
    for (const { end } of this.#stack.splice(0)) end('hungUp');
  }

  /** Calls `onFrame` with each frame that is sent, as far as the bugs before it have made it. Returns what takes it off. */
  subscribe(onFrame: (frame: Int16Array) => void): () => void {
    return this.#attach((frame) => {
      onFrame(frame);
      return undefined;
    });
  }

  /** Sends what `replacement` makes of each frame (SMBF_WRITE_REPLACE). Returns what takes it off. */
  replace(replacement: (frame: Int16Array) => Int16Array): () => void {
    return this.#attach(replacement);
  }

  #attach(bug: WriteBug): () => void {
    this.#bugs.add(bug);
    return () => this.#bugs.delete(bug);
  }

  #frame(samples: number): Int16Array {
    const top = this.#stack.at(-1);
    if (top === undefined) return this.background?.next(samples) ?? SILENCE;
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

import { SAMPLES_A_MS } from '../codec/g711.js';

/** Audio may be placed this far back: what a stall delayed finds its place. */
const WINDOW_MS = 6000;
/** A channel that is further ahead of the clock than this is brought back: a fast far end does not outrun time. */
const AHEAD_MS = 250;

/** A channel that stays so far behind it has paused without saying so, and is brought forward. A burst catches up. */
const BEHIND_MS = 500;
const STAYS_BEHIND_MS = 1000;

/** Where a channel's audio ends, and since when (in frames) it has been behind the clock. */
interface Track {
  end: number;
  behindSince: number | null;
}

/**
 * The last seconds of a recording, one or two channels interleaved, on the clock: each channel's audio is placed after
 * what came before it, so that packets that jitter or come in a burst keep their distance; silence is where there was
 * none. What is older has been given on to be written.
 */
export class Timeline {
  readonly channels: 1 | 2;
  readonly #window: Int16Array;
  readonly #frames = WINDOW_MS * SAMPLES_A_MS;
  /** The frame that the window begins with, and the one up to which there is time. */
  #from = 0;
  #to = 0;
  /** The first frame that was placed since the last `takeChanged`. */
  #changedFrom = 0;
  readonly #tracks: Track[];

  constructor(channels: 1 | 2) {
    this.channels = channels;
    this.#window = new Int16Array(this.#frames * channels);
    this.#tracks = Array.from({ length: channels }, () => ({ end: -1, behindSince: null }));
  }

  /** Frames so far. */
  get length(): number {
    return this.#to;
  }

  /** Places audio of a channel that came just now; `isNext` says that it follows what came before it. */
  place(channel: 0 | 1, pcm: Int16Array, nowFrame: number, isNext: boolean): void {
    const at = this.#placeOf(this.#tracks[channel] as Track, pcm.length, nowFrame, isNext);
    this.#extend(at + pcm.length);
    if (at < this.#changedFrom) this.#changedFrom = at;
    for (let n = Math.max(0, this.#from - at); n < pcm.length; n++)
      this.#window[((at + n) % this.#frames) * this.channels + channel] = pcm[n] as number;
  }

  /** Time goes on to this frame, with silence. */
  extendTo(frame: number): void {
    this.#extend(frame);
  }

  /** What is new or was changed since the last call, and the frame that it begins with. */
  takeChanged(): { from: number; pcm: Int16Array } {
    const from = Math.max(this.#changedFrom, this.#from);
    const pcm = new Int16Array((this.#to - from) * this.channels);
    const start = (from % this.#frames) * this.channels;
    const first = this.#window.subarray(start, start + pcm.length);
    pcm.set(first);
    pcm.set(this.#window.subarray(0, pcm.length - first.length), first.length);
    this.#changedFrom = this.#to;
    return { from, pcm };
  }

  #placeOf(track: Track, length: number, nowFrame: number, isNext: boolean): number {
    const newest = Math.max(0, nowFrame - length);
    const { end } = track;
    const behind = newest - end;
    if (behind < BEHIND_MS * SAMPLES_A_MS) track.behindSince = null;
    else track.behindSince ??= nowFrame;
    const isAhead = behind < -AHEAD_MS * SAMPLES_A_MS;
    const staysBehind =
      track.behindSince !== null && nowFrame - track.behindSince > STAYS_BEHIND_MS * SAMPLES_A_MS;
    let at = end;
    if (end < this.#from || isAhead || staysBehind) at = newest;
    else if (!isNext) at = Math.max(newest, end);
    if (at !== end) track.behindSince = null;
    track.end = at + length;
    return at;
  }

  #extend(frame: number): void {
    if (frame <= this.#to) return;
    const from = Math.max(this.#to, frame - this.#frames);
    for (let n = from; n < frame; n++)
      for (let c = 0; c < this.channels; c++) this.#window[(n % this.#frames) * this.channels + c] = 0;
    this.#to = frame;
    this.#from = Math.max(this.#from, frame - this.#frames);
  }
}

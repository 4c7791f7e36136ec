import { G711_CODECS, type Law, SAMPLE_RATE, SAMPLES_A_MS } from '../codec/g711.js';
import type { FrameSource } from '../play/sound.js';

/** What has become of the audio between a mark and the one before it, in ms. */
export interface EchoedMark {
  name: string;
  played: number;
  /** Taken back by `clear`, or dropped. */
  cleared: number;
}

interface Mark {
  name: string;
  /** The samples that it stands behind begin and end here, counted since the stream began. */
  from: number;
  to: number;
  droppedSamples: number;
}

const FIRST_CAPACITY = 2 * SAMPLE_RATE;
/** Marks that wait. A bot has one a sentence, or one a piece of audio. */
const MARKS_MAX = 20_000;

/**
 * The bot's audio on its way to the far end: a buffer, read once a packet time. The far end gets silence while there is
 * nothing. Less than a packet that has only just come waits one packet time for the rest of it, so that pieces of any
 * length join without a gap.
 */
export class PlayOut implements FrameSource {
  readonly #limit: number;
  readonly #onMark: (mark: EchoedMark) => void;
  #ring = new Int16Array(FIRST_CAPACITY);
  #frame = new Int16Array(0);
  /** Positions in samples since the stream began: what was read, and what has come. */
  #read = 0;
  #written = 0;
  #clearedSamples = 0;
  readonly #marks: Mark[] = [];
  #markedTo = 0;
  #droppedSinceMark = 0;
  #droppedSamples = 0;
  /** Audio has come since the last reading; and what has come was left for this one already. */
  #isFresh = false;
  #hasWaited = false;
  #onDrained: (() => void) | null = null;

  constructor(limitSeconds: number, onMark: (mark: EchoedMark) => void) {
    this.#limit = Math.round(limitSeconds * SAMPLE_RATE);
    this.#onMark = onMark;
  }

  get playedMs(): number {
    return Math.round((this.#read - this.#clearedSamples) / SAMPLES_A_MS);
  }

  get clearedMs(): number {
    return Math.round(this.#clearedSamples / SAMPLES_A_MS);
  }

  get droppedMs(): number {
    return Math.round(this.#droppedSamples / SAMPLES_A_MS);
  }

  /** It lasts as long as its stream. */
  readonly isOver = false;

  /** Adds audio to the end. False when not all of it found room: the rest is dropped. */
  push(pcm: Int16Array): boolean {
    const room = Math.min(pcm.length, this.#limit - (this.#written - this.#read));
    this.#reserve(this.#written - this.#read + room);
    const at = this.#written % this.#ring.length;
    const first = pcm.subarray(0, Math.min(room, this.#ring.length - at));
    this.#ring.set(first, at);
    this.#ring.set(pcm.subarray(first.length, room), 0);
    this.#written += room;
    this.#isFresh = true;
    const dropped = pcm.length - room;
    this.#droppedSamples += dropped;
    this.#droppedSinceMark += dropped;
    return dropped === 0;
  }

  /** Sets a mark behind what has come; it is echoed when that was played. False: there are too many. */
  mark(name: string): boolean {
    if (this.#marks.length >= MARKS_MAX) return false;
    const mark = {
      name,
      from: this.#markedTo,
      to: this.#written,
      droppedSamples: this.#droppedSinceMark,
    };
    this.#marks.push(mark);
    this.#markedTo = this.#written;
    this.#droppedSinceMark = 0;
    this.#echoReached();
    return true;
  }

  /** Takes back what has not been played, and echoes the marks in it. */
  clear(): void {
    const playedTo = this.#read;
    this.#clearedSamples += this.#written - this.#read;
    this.#read = this.#written;
    this.#markedTo = this.#written;
    this.#droppedSinceMark = 0;
    this.#hasWaited = false;
    for (const mark of this.#marks.splice(0)) this.#echo(mark, playedTo);
  }

  /** Calls back once all that has come was played. */
  drain(onDrained: () => void): void {
    this.#onDrained = onDrained;
    this.#whenDrained();
  }

  read(law: Law, out: Uint8Array): boolean {
    if (this.#frame.length !== out.length) this.#frame = new Int16Array(out.length);
    const samples = this.readPcm(this.#frame);
    out.set(G711_CODECS[law].encode(this.#frame.subarray(0, samples)));
    out.fill(G711_CODECS[law].silence, samples);
    return true;
  }

  /** As `read`, for far ends that are sent linear samples. Returns how many were the bot's; silence is behind them. */
  readPcm(out: Int16Array): number {
    const waiting = this.#written - this.#read;
    const isPart = waiting < out.length && this.#onDrained === null;
    const samples = isPart && this.#isFresh && !this.#hasWaited ? 0 : Math.min(waiting, out.length);
    this.#isFresh = false;
    this.#hasWaited = samples === 0 && waiting > 0;
    this.#take(out.subarray(0, samples));
    out.fill(0, samples);
    this.#echoReached();
    this.#whenDrained();
    return samples;
  }

  #take(out: Int16Array): void {
    const at = this.#read % this.#ring.length;
    const first = this.#ring.subarray(at, Math.min(at + out.length, this.#ring.length));
    out.set(first);
    out.set(this.#ring.subarray(0, out.length - first.length), first.length);
    this.#read += out.length;
  }

  #echoReached(): void {
    while (this.#marks[0] !== undefined && this.#marks[0].to <= this.#read)
      this.#echo(this.#marks.shift() as Mark, this.#read);
  }

  #echo({ name, from, to, droppedSamples }: Mark, playedTo: number): void {
    const played = Math.max(0, Math.min(playedTo, to) - from);
    const cleared = to - from - played + droppedSamples;
    this.#onMark({
      name,
      played: Math.round(played / SAMPLES_A_MS),
      cleared: Math.round(cleared / SAMPLES_A_MS),
    });
  }

  #whenDrained(): void {
    if (this.#onDrained === null || this.#read < this.#written) return;
    const onDrained = this.#onDrained;
    this.#onDrained = null;
    onDrained();
  }

  /** Makes room for so many samples that wait. */
  #reserve(samples: number): void {
    const { length } = this.#ring;
    if (samples <= length) return;
    const grown = new Int16Array(Math.min(this.#limit, Math.max(samples, 2 * length)));
    for (let at = this.#read; at < this.#written; at++)
      grown[at % grown.length] = this.#ring[at % length] as number;
    this.#ring = grown;
  }
}

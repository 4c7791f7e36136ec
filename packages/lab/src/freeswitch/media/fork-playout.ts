import { concat, mixInto } from '../../media/audio-source.js';
import { SAMPLE_RATE } from '../../media/frame-clock.js';
import { resample } from '../../media/resample.js';

/** 40 ms at 8 kHz, in the module's words; what its factors make of it is 160 ms at first, then 80 ms. */
const UNIT = 320;
/** AUDIO_MARKER: where a mark stands in the audio. As any sample of this value does. */
const MARKER = -1;
/** MAX_MARKS: what is beyond is dropped without a word. */
const MARKS_MAX = 30;
const NOTHING = new Int16Array(0);

/** Tells the server of a mark. */
export type OnMark = (name: string, event: 'playout' | 'cleared') => void;

/**
 * What a server sends to a channel over its fork, in mod_audio_fork's two-way mode (`processIncomingBinary` and `dub_speech_frame` of
 * lws_glue.cpp): it collects 160 ms before anything is played, and from then on pieces of at least 80 ms, and adds what it has to each
 * frame that the channel sends.
 */
export class ForkPlayout {
  readonly #rate: number;
  /** Whole samples that one of the channel's is made of. */
  readonly #factor: number;
  readonly #onMark: OnMark;
  #threshold: number;
  #oddByte: Buffer = Buffer.alloc(0);
  #collected: Int16Array = NOTHING;
  #waiting: Int16Array = NOTHING;
  #isToBeCleared = false;
  /** Marks whose place is not known yet, of which there is one in the buffers, and of which what is in the buffers counts no more. */
  #announced: string[] = [];
  #placed: string[] = [];
  #cleared: string[] = [];

  constructor(rate: number, onMark: OnMark) {
    this.#rate = rate;
    this.#factor = Math.max(1, Math.trunc(rate / SAMPLE_RATE));
    this.#threshold = UNIT * this.#factor * 4;
    this.#onMark = onMark;
  }

  /** Audio of the server. */
  take(data: Buffer): void {
    const bytes = Buffer.concat([this.#oddByte, data]);
    this.#oddByte = Buffer.from(bytes.subarray(bytes.length & ~1));
    const samples = Int16Array.from({ length: bytes.length >> 1 }, (_, n) => bytes.readInt16LE(2 * n));
    const markers = new Int16Array(this.#announced.length).fill(MARKER);
    this.#placed.push(...this.#announced.splice(0));
    this.#collected = concat(this.#collected, markers, samples);
    if (this.#collected.length < this.#threshold) return;
    this.#threshold = UNIT * this.#factor * 2;
    const whole = this.#collected.length - (this.#collected.length % this.#factor);
    const piece = resample(this.#collected.subarray(0, whole), this.#rate, SAMPLE_RATE);
    this.#collected = this.#collected.slice(whole);
    this.#waiting = concat(this.#waiting, piece);
  }

  /** `mark`: the next audio stands behind it. */
  mark(name: string): void {
    if (this.#announced.length + this.#placed.length < MARKS_MAX) this.#announced.push(name);
  }

  /** `clearMarks`: those that were set are not told. */
  clearMarks(): void {
    this.#cleared.push(...this.#placed.splice(0), ...this.#announced.splice(0));
  }

  /** `killAudio`: with the next frame, what waits is dropped. What is still being collected stays. */
  kill(): void {
    this.#isToBeCleared = true;
  }

  /** The command `stop_play`: what waits is dropped at once, its marks included, which are not told. */
  stopPlay(): void {
    this.#waiting = NOTHING;
  }

  /** The frame that is sent in the place of this one. */
  dub(frame: Int16Array): Int16Array {
    if (this.#isToBeCleared) {
      this.#clear();
      return frame;
    }
    const part = this.#waiting.subarray(0, frame.length);
    this.#waiting = this.#waiting.slice(part.length);
    const hasMarkers = this.#placed.length + this.#cleared.length > 0;
    const isIdle = !hasMarkers && part.length === 0;
    const dubbed = frame.slice();
    mixInto(dubbed, hasMarkers ? part.filter((sample) => !this.#isMarker(sample)) : part);
    const announced = isIdle ? this.#announced.shift() : undefined;
    if (announced !== undefined) this.#onMark(announced, 'playout');
    return dubbed;
  }

  /** Leaves out every sample of the marker's value while marks wait, and tells one for each. */
  #isMarker(sample: number): boolean {
    if (sample !== MARKER) return false;
    const isCleared = this.#cleared.length > 0;
    const name = (isCleared ? this.#cleared : this.#placed).shift();
    if (name !== undefined && !isCleared) this.#onMark(name, 'playout');
    return true;
  }

  #clear(): void {
    this.#isToBeCleared = false;
    this.#waiting = NOTHING;
    const marks = [...this.#placed, ...this.#announced];
    this.#cleared.push(...this.#placed.splice(0));
    this.#announced = [];
    for (const name of marks) this.#onMark(name, 'cleared');
  }
}

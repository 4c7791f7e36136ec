import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Concealment } from '../codec/concealment.js';
import { G711_CODECS, type Law, SAMPLE_RATE, SAMPLES_A_MS } from '../codec/g711.js';
import { toFailure } from '../errors.js';
import type { AudioSink } from '../session/audio-sink.js';
import type { RecordingResult } from '../session/words.js';
import { Timeline } from './timeline.js';
import { WAV_HEADER_BYTES, wavHeader } from './wav-header.js';

/** What a recording holds: the callee alone (one channel), or the callee left and us right. */
export type Sides = 'callee' | 'both';

/** Under this name a recording grows until it is finished. */
export const UNFINISHED_SUFFIX = '.part';
/** So often it is written, header included: what a process that dies loses. */
const WRITE_EVERY_MS = 900;
const FRAME = 160;
const work = new Int16Array(FRAME);

/**
 * Records a call into a WAV file of 16-bit PCM at 8 kHz. It grows as `<path>.part`, readable at any time up to its
 * last second, and gets its name when it is whole and on the disk. Lost audio is concealed, pauses are silence.
 */
export class Recorder implements AudioSink {
  readonly path: string;
  /** Resolves once the file has been made. Rejects when it cannot be: the recording is over then, without `onEnd`. */
  readonly opened: Promise<void>;
  readonly #timeline: Timeline;
  readonly #concealment = new Concealment();
  readonly #startedAt = performance.now();
  readonly #onEnd: (result: RecordingResult) => void;
  #file: FileHandle | null = null;
  #writing: Promise<void> = Promise.resolve();
  #lastWriteAt = this.#startedAt;
  /** It takes no more; and what has become of it was told. */
  #isStopping = false;
  #hasEnded = false;
  #isPaused = false;
  #calleeEnd = -1;
  #lastOwnAt = 0;

  /** Begins to record at once. `onEnd` is called once, when it ends or fails. */
  constructor(path: string, sides: Sides, onEnd: (result: RecordingResult) => void) {
    this.path = path;
    this.#timeline = new Timeline(sides === 'both' ? 2 : 1);
    this.#onEnd = onEnd;
    this.opened = this.#open();
  }

  get durationMs(): number {
    return Math.round(this.#timeline.length / SAMPLES_A_MS);
  }

  /** From now on it holds silence, whatever is said. */
  pause(): void {
    this.#isPaused = true;
    this.#calleeEnd = -1;
    this.#lastOwnAt = 0;
  }

  resume(): void {
    this.#isPaused = false;
  }

  audio(pcm: Int16Array, at: number): void {
    if (!this.#takes) return;
    this.#concealment.heard(pcm);
    this.#placeCallee(pcm, at);
  }

  lost(samples: number, at: number): void {
    if (!this.#takes) return;
    for (let done = 0; done < samples; done += FRAME) {
      const part = work.subarray(0, Math.min(FRAME, samples - done));
      this.#concealment.fill(part);
      this.#placeCallee(part, at + done);
    }
  }

  quiet(pcm: Int16Array, at: number): void {
    if (this.#takes) this.#placeCallee(pcm, at);
  }

  /** What we have sent just now. */
  sent(encoded: Uint8Array, law: Law): void {
    if (!this.#takes || this.#timeline.channels === 1) return;
    const pcm = new Int16Array(encoded.length);
    G711_CODECS[law].decode(encoded, pcm);
    this.sentPcm(pcm);
  }

  sentPcm(pcm: Int16Array): void {
    if (!this.#takes || this.#timeline.channels === 1) return;
    const now = performance.now();
    const isNext = now - this.#lastOwnAt < 200;
    this.#lastOwnAt = now;
    this.#timeline.place(1, pcm, this.#nowFrame(now) + pcm.length, isNext);
  }

  /** Writes what is due. */
  sweep(nowMs: number): void {
    if (this.#isStopping || nowMs - this.#lastWriteAt < WRITE_EVERY_MS) return;
    this.#lastWriteAt = nowMs;
    this.#timeline.extendTo(this.#nowFrame(nowMs));
    this.#writing = this.#writing.then(() => this.#write()).catch((error: unknown) => this.#fail(error));
  }

  /** Ends it, and calls `onEnd` with what became of it. Never rejects. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#timeline.extendTo(this.#nowFrame(performance.now()));
    try {
      await this.opened;
    } catch {
      return;
    }
    await this.#writing;
    try {
      if (this.#file === null) return;
      await this.#write();
      await this.#file.sync();
      await this.#file.close();
      await rename(`${this.path}${UNFINISHED_SUFFIX}`, this.path);
      await syncDirectory(dirname(this.path));
      this.#end({ outcome: 'finished', path: this.path, durationMs: this.durationMs });
    } catch (error) {
      this.#fail(error);
    }
  }

  get #takes(): boolean {
    return !this.#isStopping && !this.#isPaused;
  }

  async #open(): Promise<void> {
    try {
      const file = await open(`${this.path}${UNFINISHED_SUFFIX}`, 'w');
      this.#file = file;
      const header = wavHeader(0, this.#timeline.channels, SAMPLE_RATE);
      await file.write(header, 0, WAV_HEADER_BYTES, 0);
    } catch (error) {
      this.#isStopping = true;
      this.#hasEnded = true;
      await this.#file?.close();
      this.#file = null;
      throw error;
    }
  }

  #placeCallee(pcm: Int16Array, at: number): void {
    const isNext = at === this.#calleeEnd;
    this.#calleeEnd = at + pcm.length;
    this.#timeline.place(0, pcm, this.#nowFrame(performance.now()), isNext);
  }

  #nowFrame(now: number): number {
    return Math.floor((now - this.#startedAt) * SAMPLES_A_MS);
  }

  /** The samples first and the header after them, so that the header never promises what is not there. */
  async #write(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    const { channels } = this.#timeline;
    const { from, pcm } = this.#timeline.takeChanged();
    const bytes = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);
    const at = WAV_HEADER_BYTES + from * channels * 2;
    let written = 0;
    while (written < bytes.length)
      written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    const header = wavHeader(at - WAV_HEADER_BYTES + bytes.length, channels, SAMPLE_RATE);
    await file.write(header, 0, WAV_HEADER_BYTES, 0);
  }

  #fail(error: unknown): void {
    this.#isStopping = true;
    this.#file?.close().catch(() => undefined);
    const failure = toFailure(error, 'RECORDING_FAILED');
    this.#end({ outcome: 'failed', path: this.path, durationMs: this.durationMs, error: failure });
  }

  #end(result: RecordingResult): void {
    this.#file = null;
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#onEnd(result);
  }
}

/** The new name, too, is to outlive a power cut. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

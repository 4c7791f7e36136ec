import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { concat, mixInto } from '../../media/audio-source.js';
import { formatWav } from '../../media/wav.js';
import type { Channel } from '../channel/channel.js';

/**
 * `record_session <path>`: records what the channel receives and sends, mixed into one WAV file of 16-bit PCM at 8 kHz,
 * until `stop_record_session <path>` or the hang-up.
 */
export class SessionRecorder {
  readonly #channel: Channel;
  readonly #path: string;
  readonly #frames: Int16Array[] = [];
  #sent: Int16Array = new Int16Array(0);
  #unsubscribe = (): void => {};

  private constructor(channel: Channel, path: string) {
    this.#channel = channel;
    this.#path = path;
  }

  /** Starts a recording, unless one of this path runs. A relative path starts at the sounds directory. */
  static start(channel: Channel, argument: string): void {
    const path = resolve(channel.core.soundsDirectory, argument.trim().split(/\s+/)[0] ?? '');
    const { media, recorders } = channel;
    if (media === null || recorders.has(path)) return;
    const recorder = new SessionRecorder(channel, path);
    recorders.set(path, recorder);
    const unsubscribeRead = media.readStream.subscribe((received) => recorder.#add(received));
    const unsubscribeWrite = channel.writeStream.subscribe((sent) => {
      recorder.#sent = sent;
    });
    recorder.#unsubscribe = () => {
      unsubscribeRead();
      unsubscribeWrite();
    };
    channel.fire('RECORD_START', [['Record-File-Path', path]]);
  }

  /** Stops the recordings of a channel: that of one path, or all. */
  static async stop(channel: Channel, argument: string): Promise<void> {
    const wanted = argument.trim();
    const path = resolve(channel.core.soundsDirectory, wanted);
    const stopped = [...channel.recorders.values()].filter(
      (recorder) => wanted === '' || wanted === 'all' || recorder.#path === path,
    );
    await Promise.all(stopped.map((recorder) => recorder.#finish()));
  }

  /** Ends it without a file, as when FreeSWITCH is killed. */
  abandon(): void {
    this.#unsubscribe();
  }

  #add(received: Int16Array): void {
    const frame = received.slice();
    mixInto(frame, this.#sent);
    this.#frames.push(frame);
  }

  async #finish(): Promise<void> {
    this.#unsubscribe();
    this.#channel.recorders.delete(this.#path);
    await mkdir(dirname(this.#path), { recursive: true });
    await writeFile(this.#path, formatWav(concat(...this.#frames), 'pcm16'));
    this.#channel.fire('RECORD_STOP', [['Record-File-Path', this.#path]]);
  }
}

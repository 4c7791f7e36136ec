import { EventEmitter } from 'node:events';
import {
  type EarlyMedia,
  type WaitForAnswerMachineOptions,
  type WaitOutcome,
  waitParametersSchema,
} from '@outdial/contract';
import { checkRemote, type Direction, type LocalDescription, type RemoteDescription } from './description.js';
import { MediaError, toFailure } from './errors.js';
import type { PlaySource } from './play/sound-library.js';
import { NO_QUALITY, type Quality } from './quality/quality.js';
import type { DigitTiming } from './rtp/digit-sender.js';
import type { ListenOptions } from './session/hearing.js';
import type { PlayOptions, RecordOptions } from './session/leg.js';
import type { AnswerPosition, PlayResult, RecordingResult, SessionEvents } from './session/words.js';
import { MediaStream } from './stream/media-stream.js';
import type { StreamOptions } from './stream/options.js';
import type { MediaThread } from './thread/media-thread.js';
import type { LegArguments, LegMethod, LegReply, SessionEvent } from './thread/messages.js';

/** How a session reaches its leg in the media thread. */
export interface LegLine {
  /** The number of the session, and its thread: only legs of one thread can be bridged. */
  readonly id: number;
  readonly thread: MediaThread;
  call<Method extends LegMethod>(method: Method, args: LegArguments<Method>): Promise<LegReply<Method>>;
  /** The session is over, and its port may serve another one. */
  release(): void;
  /** As `release`, for a session of which nothing was made: its leg, still open, may serve another one. */
  keep(): void;
}

/**
 * The media of one call. Made by `MediaEngine.open`; the work is done in a media thread, and this is what the main
 * thread sees of it. Methods reject with a `MediaError`: `SESSION_CLOSED` after `close`, `MEDIA_LOST` when the thread
 * was lost. Events are those of `SessionEvents`.
 */
export class MediaSession extends EventEmitter<SessionEvents> {
  /** What an offer or answer needs to say. */
  readonly local: LocalDescription;
  readonly #line: LegLine;
  #quality: Quality = NO_QUALITY;
  readonly #streams = new Map<number, MediaStream>();
  #streamCount = 0;
  #isLost = false;
  /** Something was asked of the leg, or came to it. */
  #isUsed = false;
  #closing: Promise<Quality> | null = null;

  constructor(local: LocalDescription, line: LegLine) {
    super();
    this.local = local;
    this.#line = line;
  }

  /** For the engine: where it is. */
  get thread(): MediaThread {
    return this.#line.thread;
  }

  /** True once the media thread was lost. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /**
   * Says, or after a later answer says again, where and how the far end is. It is heard from its first packet on,
   * early media included, and is sent to. Rejects with `INVALID_OPTIONS` and names what is wrong.
   */
  async setRemote(remote: RemoteDescription): Promise<void> {
    checkRemote(remote);
    await this.#call('setRemote', remote);
  }

  /**
   * Our own direction, as our SDP has it (RFC 3264 section 8.4): `sendonly` and `inactive` hear nothing, `recvonly` and
   * `inactive` send nothing, `sendrecv` ends the hold. What is played stands still while nothing is sent.
   */
  hold(direction: Direction = 'inactive'): Promise<void> {
    return this.#call('hold', direction);
  }

  /** The call is answered now: verdicts count from here. Resolves with what was heard before. */
  answered(): Promise<AnswerPosition> {
    return this.#call('answered');
  }

  /** What has been heard before the answer, so far. */
  earlyMedia(): Promise<EarlyMedia> {
    return this.#call('earlyMedia');
  }

  /**
   * Detects who has answered; from the answer on when it is called before `answered`. `verdict` follows within the
   * time limit, and may be revised until 11 s after the answer. Once a person's verdict stands, `speech` and `signal` are
   * told no more, unless by `hear`. Without it, signals are heard before the answer all the same. Rejects with
   * `INVALID_OPTIONS`.
   */
  listen(options: ListenOptions = {}): Promise<void> {
    return this.#call('listen', options);
  }

  /**
   * Waits for the moment to speak to an answering machine. Resolves with null when the session ended first. Defaults
   * are `WAIT_DEFAULTS` of the contract. Rejects with `INVALID_OPTIONS`.
   */
  async waitForAnswerMachine(options: WaitForAnswerMachineOptions = {}): Promise<WaitOutcome | null> {
    const parameters = waitParametersSchema.safeParse(options);
    if (!parameters.success) throw new MediaError('INVALID_OPTIONS', parameters.error.message);
    try {
      return await this.#call('waitForAnswerMachine', parameters.data);
    } catch (error) {
      if (this.#isOver(error)) return null;
      throw error;
    }
  }

  /** Tells by `speech` and `signal` what is heard after the answer, until the end, also without `listen`. */
  hear(): Promise<void> {
    return this.#call('hear');
  }

  /** Tells by `heard` how loud the far end is, early media included, for the first seconds of its stream. */
  measure(seconds: number): Promise<void> {
    return this.#call('measure', seconds);
  }

  /**
   * Plays a file of the allowed directory, an `https:` source or a tone, instead of what is playing. Resolves when it
   * has ended, with what was played; a source that cannot be played is `failed` with its code. Waits while there is no
   * far end to send to. Rejects on bad options only.
   */
  async play(source: PlaySource, options: PlayOptions = {}): Promise<PlayResult> {
    try {
      return await this.#call('play', source, options);
    } catch (error) {
      if (!this.#isOver(error)) throw error;
      return { outcome: 'failed', playedMs: 0, error: toFailure(error, 'MEDIA_LOST') };
    }
  }

  /** Ends what is playing, or being fetched to be played: `play` resolves with `stopped`. */
  stopPlaying(): Promise<void> {
    return this.#call('stopPlaying');
  }

  /**
   * From now on the far ends of both sessions hear each other: each packet is sent on when it comes, in the other law where
   * that is sent there, telephone events included. What is played, and digits, come before it; a voice bot's stream waits.
   * Ends a bridge with another session. Rejects with `INVALID_OPTIONS` for a session that was not opened `beside` this one, or
   * the other way round.
   */
  async bridge(other: MediaSession): Promise<void> {
    if (other === this || other.#line.thread !== this.#line.thread)
      throw new MediaError('INVALID_OPTIONS', 'the sessions of a bridge are two, in one media thread');
    // Its leg may serve another session by now.
    if (other.#closing !== null) throw new MediaError('SESSION_CLOSED', 'the session to bridge with is over');
    other.#isUsed = true;
    await this.#call('bridge', other.#line.id);
  }

  /** Ends the bridge, if there is one; so does the end of either session. */
  unbridge(): Promise<void> {
    return this.#call('unbridge');
  }

  /**
   * Sends digits (`0` to `9`, `*`, `#`, `A` to `D`) by telephone events (RFC 4733), before anything that is played.
   * Resolves once the gap after the last is over. Rejects with `NO_TELEPHONE_EVENT` or `INVALID_OPTIONS`.
   */
  sendDigits(digits: string, timing: DigitTiming = {}): Promise<void> {
    return this.#call('sendDigits', digits, timing);
  }

  /**
   * Records into a WAV file, from now on; several recordings may run at once, each with a path of its own. Resolves once
   * the file has been made; rejects with `RECORDING_FAILED` when it cannot be. The end of it, or a later failure such as a
   * full disk, is the event `recorded`.
   */
  record(path: string, options: RecordOptions = {}): Promise<void> {
    return this.#call('record', path, options);
  }

  /** Ends a recording; null when there is none of this path. */
  async stopRecording(path: string): Promise<RecordingResult | null> {
    let result: RecordingResult | null = null;
    const keep = (recorded: RecordingResult) => {
      if (recorded.path === path) result = recorded;
    };
    this.on('recorded', keep);
    try {
      // Events and answers come in the order in which the thread gave them.
      await this.#call('stopRecording', path);
      return result;
    } finally {
      this.off('recorded', keep);
    }
  }

  /** From now on the recording holds silence, for what must not be kept, such as the numbers of cards. */
  pauseRecording(path: string): Promise<void> {
    return this.#call('pauseRecording', path);
  }

  resumeRecording(path: string): Promise<void> {
    return this.#call('resumeRecording', path);
  }

  /**
   * A voice bot of the protocol of Twilio's Media Streams, or of its `l16` form; it is connected by `connect` or `start`.
   * A session may have several that are connected, of which one runs.
   */
  openStream(options: StreamOptions): MediaStream {
    this.#streamCount += 1;
    const id = this.#streamCount;
    const opened = this.#call('openStream', id, options);
    const stream = new MediaStream(id, (method, ...args) => this.#call(method, ...args), opened);
    this.#streams.set(id, stream);
    return stream;
  }

  /** The figures at this moment. */
  quality(): Promise<Quality> {
    return this.#call('quality');
  }

  /**
   * Ends the session: says good-bye by RTCP, finishes a recording, closes the sockets. Resolves with the last figures
   * (of a lost session: the last that were told). Never rejects; a second call gives the same.
   */
  close(): Promise<Quality> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** For the engine: what the media thread tells. */
  take({ name, values }: SessionEvent): void {
    this.#isUsed = true;
    if (name === 'quality') this.#quality = values[0];
    if (name === 'streamWarning') {
      const { stream, ...warning } = values[0];
      this.#streams.get(stream)?.emit('warning', warning);
    }
    if (name === 'lost') {
      if (this.#isLost || this.#closing !== null) return;
      this.#isLost = true;
      this.#line.release();
    }
    (this.emit as (name: string, ...values: unknown[]) => boolean).call(this, name, ...values);
  }

  async #close(): Promise<Quality> {
    if (this.#isLost) return this.#quality;
    if (!this.#isUsed) {
      this.#line.keep();
      return this.#quality;
    }
    try {
      return await this.#line.call('close', []);
    } catch {
      return this.#quality;
    } finally {
      this.#line.release();
    }
  }

  #call<Method extends LegMethod>(method: Method, ...args: LegArguments<Method>): Promise<LegReply<Method>> {
    if (this.#isLost) return Promise.reject(new MediaError('MEDIA_LOST'));
    if (this.#closing !== null) return Promise.reject(new MediaError('SESSION_CLOSED'));
    this.#isUsed = true;
    return this.#line.call(method, args);
  }

  #isOver(error: unknown): boolean {
    const code = error instanceof MediaError ? error.code : null;
    return code === 'MEDIA_LOST' || code === 'SESSION_CLOSED' || code === 'ENGINE_CLOSED';
  }
}

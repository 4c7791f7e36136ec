import { EventEmitter } from 'node:events';
import { MediaError, toFailure } from '../errors.js';
import type { LegArguments, LegMethod, LegReply } from '../thread/messages.js';
import type { StreamStart } from './options.js';
import type { StreamResult, StreamWarning } from './words.js';

/** The methods of a leg that a stream needs. */
export type StreamMethod = Extract<LegMethod, 'connectStream' | 'startStream' | 'tellStream' | 'stopStream'>;

/** How a stream reaches its session's leg. */
export type CallLeg = <Method extends StreamMethod>(
  method: Method,
  ...args: LegArguments<Method>
) => Promise<LegReply<Method>>;

/** What is told of a stream while it runs. */
export interface MediaStreamEvents {
  warning: [StreamWarning];
}

/**
 * A voice bot by WebSocket, as the main thread sees it. Made by `MediaSession.openStream`, where the connection and the audio
 * are in the session's media thread, or by `FrameStreams.openStream`.
 */
export class MediaStream extends EventEmitter<MediaStreamEvents> {
  readonly #id: number;
  readonly #call: CallLeg;
  readonly #opened: Promise<void>;

  constructor(id: number, call: CallLeg, opened: Promise<void>) {
    super();
    this.#id = id;
    this.#call = call;
    this.#opened = opened;
    // Told by whichever method is called.
    opened.catch(() => undefined);
  }

  /**
   * Connects to the bot, which is told `connected` and nothing more before `start`. Rejects with `INVALID_OPTIONS`,
   * `HOST_NOT_ALLOWED`, `STREAM_REFUSED` or `STREAM_UNREACHABLE`; `start` then tries once more.
   */
  async connect(): Promise<void> {
    await this.#opened;
    await this.#call('connectStream', this.#id);
  }

  /**
   * From now on the bot hears the far end and is heard by it; another stream of the session that runs is stopped.
   * Connects first where that was not done. Resolves with how the stream has ended; never rejects.
   */
  async start(start: StreamStart): Promise<StreamResult> {
    try {
      await this.#opened;
      return await this.#call('startStream', this.#id, start);
    } catch (error) {
      const figures = { streamSid: '', sentMs: 0, skippedMs: 0, playedMs: 0, clearedMs: 0, droppedMs: 0 };
      if (error instanceof MediaError && error.code === 'SESSION_CLOSED')
        return { outcome: 'stopped', ...figures };
      return { outcome: 'failed', error: toFailure(error, 'MEDIA_LOST'), ...figures };
    }
  }

  /**
   * Tells the bot of a key that the far end has pressed. A session does not do so by itself: keys may come by SIP as well,
   * and each is to be told once.
   */
  digit(digit: string): void {
    this.tell('dtmf', { dtmf: { track: 'inbound_track', digit } });
  }

  /**
   * Sends the bot an event beside the audio: `{ event, sequenceNumber, streamSid, ...values }`. Clients of the protocol
   * ignore events that they do not know. It has no effect unless the stream runs.
   */
  tell(event: string, values: Record<string, unknown>): void {
    this.#call('tellStream', this.#id, event, values).catch(() => undefined);
  }

  /** Ends it: the bot is told `stop`, and what it has said and was not played is dropped. Never rejects. */
  async stop(): Promise<void> {
    await this.#call('stopStream', this.#id).catch(() => undefined);
  }
}

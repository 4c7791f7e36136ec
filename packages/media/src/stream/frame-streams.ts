import { MediaError } from '../errors.js';
import type { BotStream } from './bot-stream.js';
import { LegStreams } from './leg-streams.js';
import { type CallLeg, MediaStream } from './media-stream.js';
import { checkLimits, DEFAULT_STREAMS, type StreamLimits, type StreamOptions } from './options.js';

/** So often the bots are looked after: pings, and signs of life. */
const SWEEP_MS = 300;

/**
 * The voice bots of a call whose media another makes, which gives and takes frames of 16-bit samples at 8 kHz: the same
 * streams as those of a `MediaSession`, in this thread. A call may have several that are connected, of which one runs.
 */
export class FrameStreams {
  readonly #streams: LegStreams;
  readonly #opened = new Map<number, MediaStream>();
  #live: BotStream | null = null;
  #sweeping: NodeJS.Timeout | undefined;
  #count = 0;
  #isClosed = false;
  readonly #call: CallLeg;

  /** Throws `INVALID_OPTIONS` for a limit out of its range. */
  constructor(limits: Partial<StreamLimits>) {
    const streams = new LegStreams(checkLimits({ ...DEFAULT_STREAMS, ...limits }), {
      join: (stream) => {
        this.#live = stream;
      },
      leave: () => {
        this.#live = null;
      },
      warn: (id, warning) => void this.#opened.get(id)?.emit('warning', warning),
    });
    this.#streams = streams;
    const methods = {
      connectStream: streams.connect.bind(streams),
      startStream: streams.start.bind(streams),
      tellStream: streams.tell.bind(streams),
      stopStream: streams.stop.bind(streams),
    };
    this.#call = async (method, ...args) => Reflect.apply(methods[method], null, args);
  }

  /** A voice bot, which `connect` or `start` connects. */
  openStream(options: StreamOptions): MediaStream {
    this.#count += 1;
    const id = this.#count;
    const stream = new MediaStream(id, this.#call, this.#open(id, options));
    this.#opened.set(id, stream);
    return stream;
  }

  /** Gives the bot that runs what the far end says. */
  heard(pcm: Int16Array): void {
    this.#live?.audio(pcm);
  }

  /** Fills a frame with what the bot that runs says, and with silence. To be called as often as the far end takes a frame. */
  read(frame: Int16Array): void {
    if (this.#live === null) frame.fill(0);
    else this.#live.playOut.readPcm(frame);
  }

  /** Ends all of them. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweeping);
    this.#streams.close();
  }

  async #open(id: number, options: StreamOptions): Promise<void> {
    if (this.#isClosed) throw new MediaError('SESSION_CLOSED');
    this.#streams.open(id, options);
    this.#sweeping ??= setInterval(() => this.#streams.sweep(performance.now()), SWEEP_MS);
  }
}

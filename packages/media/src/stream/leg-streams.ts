import { MediaError } from '../errors.js';
import { BotStream, type StreamLeg } from './bot-stream.js';
import { checkStream, type StreamLimits, type StreamOptions, type StreamStart } from './options.js';
import type { StreamResult, StreamWarning } from './words.js';

/** What a leg does for its streams. */
export interface StreamHost {
  join(stream: BotStream): void;
  leave(stream: BotStream): void;
  warn(id: number, warning: StreamWarning): void;
}

/** The streams of one leg by their numbers: at most one is live, others may be connected and wait. */
export class LegStreams {
  readonly #limits: StreamLimits;
  readonly #host: StreamHost;
  readonly #streams = new Map<number, BotStream>();
  #live: BotStream | null = null;

  constructor(limits: StreamLimits, host: StreamHost) {
    this.#limits = limits;
    this.#host = host;
  }

  /** Throws as `checkStream`. */
  open(id: number, options: StreamOptions): void {
    const leg: StreamLeg = {
      join: (stream) => {
        this.#live?.stop();
        this.#live = stream;
        this.#host.join(stream);
      },
      leave: (stream) => {
        this.#streams.delete(id);
        if (this.#live !== stream) return;
        this.#live = null;
        this.#host.leave(stream);
      },
      warn: (warning) => this.#host.warn(id, warning),
    };
    this.#streams.set(id, new BotStream(checkStream(options, this.#limits), this.#limits, leg));
  }

  async connect(id: number): Promise<void> {
    await this.#stream(id).connect();
  }

  /** Resolves with how it has ended. */
  async start(id: number, start: StreamStart): Promise<StreamResult> {
    const result = await this.#stream(id).start(start);
    this.#streams.delete(id);
    return result;
  }

  stop(id: number): void {
    this.#streams.get(id)?.stop();
  }

  tell(id: number, event: string, values: Record<string, unknown>): void {
    this.#streams.get(id)?.tell(event, values);
  }

  sweep(nowMs: number): void {
    for (const stream of this.#streams.values()) stream.sweep(nowMs);
  }

  /** The session is over. */
  close(): void {
    for (const stream of this.#streams.values()) stream.stop();
  }

  #stream(id: number): BotStream {
    const stream = this.#streams.get(id);
    if (stream === undefined) throw new MediaError('SESSION_CLOSED', 'the stream is over');
    return stream;
  }
}

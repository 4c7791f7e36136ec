import { type CallEvent, eventsKey, type StreamEvent, streamEventSchema } from '@outdial/contract';
import { closeConnection, RedisAccess, type RedisAccessOptions, type RedisClient } from '@outdial/queue';

export type CallEventsOptions = RedisAccessOptions;

/** An event with its place in the stream, from which it may be followed again. */
export interface PlacedEvent<Event extends StreamEvent = CallEvent> {
  id: string;
  event: Event;
}

export interface FollowOptions {
  /**
   * Where to start: `$` with what comes from now on (the default), `0` with the oldest that is kept, an
   * event's id with what came after it.
   */
  from?: string;
  /** Only this job's events. */
  jobId?: string | undefined;
  /** Ends the loop. */
  signal?: AbortSignal | undefined;
}

/** Called with each event of a job. */
export type CallEventListener = (event: CallEvent) => void | Promise<void>;

/** How long a read waits for something new before it asks again, and how many events it takes at once. */
const BLOCK_MS = 5000;
const READ_COUNT = 500;
const RETRY_MS = 250;

type StreamEntry = [id: string, fields: string[]];

/**
 * The progress of calls, as a stream that anybody may read from any point that is still kept. Events are
 * hints: results travel by `CallResults`.
 */
export class CallEvents {
  readonly #access: RedisAccess;
  readonly #key: string;
  readonly #onError: ((error: Error) => void) | undefined;
  readonly #watchers = new Map<string, Set<CallEventListener>>();
  readonly #closing = new AbortController();
  #tail: { started: Promise<void>; stop: AbortController } | null = null;

  constructor(options: CallEventsOptions) {
    this.#access = new RedisAccess(options);
    this.#key = eventsKey(this.#access.prefix);
    this.#onError = options.onError;
  }

  /** The id of the newest event, or `0` when there is none; `QUEUE_UNAVAILABLE` when Redis does not answer. */
  async lastId(): Promise<string> {
    const [last] = await this.#access.request('reading events', (client) =>
      client.xrevrange(this.#key, '+', '-', 'COUNT', 1),
    );
    return last?.[0] ?? '0';
  }

  /**
   * Events in order, for as long as the loop goes on; it outlives restarts of Redis. `$` is looked up while the
   * caller goes on; to miss nothing of what you do next, start from `await events.lastId()`.
   */
  follow({ from = '$', jobId, signal }: FollowOptions = {}): AsyncGenerator<PlacedEvent, void, undefined> {
    return this.#ofCalls(this.followAll({ from, jobId, signal }));
  }

  /** The same, with what is told beside what happens to calls. */
  followAll({
    from = '$',
    jobId,
    signal,
  }: FollowOptions = {}): AsyncGenerator<PlacedEvent<StreamEvent>, void, undefined> {
    const start = from === '$' ? this.lastId() : Promise.resolve(from);
    // It is awaited, and its failure thrown, once the loop begins.
    start.catch(() => undefined);
    const ends = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    return this.#read(start, jobId, AbortSignal.any(ends));
  }

  /**
   * Calls `listener` with a job's events from now on. Resolves with an unsubscribe function, once no later event is
   * missed. All listeners of one `CallEvents` share one reader. A listener that throws, or rejects, is reported to
   * `onError`, and the other listeners are called all the same. Rejects with `QUEUE_UNAVAILABLE`.
   */
  async watch(jobId: string, listener: CallEventListener): Promise<() => void> {
    const listeners = this.#watchers.get(jobId) ?? new Set();
    this.#watchers.set(jobId, listeners.add(listener));
    const unwatch = () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watchers.delete(jobId);
      if (this.#watchers.size === 0) this.#stopTail();
    };
    try {
      this.#tail ??= this.#startTail();
      await this.#tail.started;
    } catch (error) {
      unwatch();
      throw error;
    }
    return unwatch;
  }

  /** Ends every loop and every watch. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#watchers.clear();
    this.#stopTail();
    await this.#access.close();
  }

  #startTail(): { started: Promise<void>; stop: AbortController } {
    const stop = new AbortController();
    const start = this.lastId();
    const signal = AbortSignal.any([stop.signal, this.#closing.signal]);
    start
      .then(async () => {
        for await (const { event } of this.#ofCalls(this.#read(start, undefined, signal))) {
          for (const listener of [...(this.#watchers.get(event.jobId) ?? [])]) this.#call(listener, event);
        }
      })
      .catch((error: Error) => this.#access.onError(error));
    return { stop, started: start.then(() => undefined) };
  }

  /** One listener's fault must not keep events from the others. */
  #call(listener: CallEventListener, event: CallEvent): void {
    try {
      Promise.resolve(listener(event)).catch((error) => this.reportError(error));
    } catch (error) {
      this.reportError(error);
    }
  }

  /** Reports what a listener threw: to `onError`, without one as a warning of the process. */
  reportError(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    try {
      if (this.#onError === undefined) process.emitWarning(error);
      else this.#onError(error);
    } catch (failure) {
      process.emitWarning(failure as Error);
    }
  }

  #stopTail(): void {
    this.#tail?.stop.abort();
    this.#tail = null;
  }

  async *#ofCalls(
    all: AsyncGenerator<PlacedEvent<StreamEvent>, void, undefined>,
  ): AsyncGenerator<PlacedEvent, void, undefined> {
    for await (const { id, event } of all) {
      if (event.type !== 'webhookPaused') yield { id, event };
    }
  }

  async *#read(
    start: Promise<string>,
    jobId: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<PlacedEvent<StreamEvent>, void, undefined> {
    let at = await start;
    if (signal.aborted) return;
    const reader = this.#access.openBlocking();
    // A blocked read ends only with its connection.
    const hangUp = () => closeConnection(reader);
    signal.addEventListener('abort', hangUp, { once: true });
    try {
      while (!signal.aborted) {
        for (const [id, fields] of await this.#readOnce(reader, at, signal)) {
          at = id;
          const event = this.#parse(fields, jobId);
          if (event !== null) yield { id, event };
          if (signal.aborted) return;
        }
      }
    } finally {
      signal.removeEventListener('abort', hangUp);
      closeConnection(reader);
    }
  }

  /** What comes after `at`; nothing when nothing came in time, or Redis was away: then it is asked again. */
  async #readOnce(reader: RedisClient, at: string, signal: AbortSignal): Promise<StreamEntry[]> {
    try {
      const streams = await reader.xread('COUNT', READ_COUNT, 'BLOCK', BLOCK_MS, 'STREAMS', this.#key, at);
      return streams?.[0]?.[1] ?? [];
    } catch (error) {
      if (signal.aborted) return [];
      this.#access.onError(error as Error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      return [];
    }
  }

  /** The event of an entry; null for another job's, and for what a newer version may have written. */
  #parse(fields: readonly string[], jobId: string | undefined): StreamEvent | null {
    const field = (name: string) => fields[fields.indexOf(name) + 1];
    if (jobId !== undefined && field('jobId') !== jobId) return null;
    try {
      return streamEventSchema.parse(JSON.parse(field('event') ?? ''));
    } catch (error) {
      this.#access.onError(error as Error);
      return null;
    }
  }
}

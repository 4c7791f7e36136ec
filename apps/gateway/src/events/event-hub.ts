import type { CallEvents, PlacedEvent } from '@outdial/client';
import type { Logger } from 'pino';

/** An event, and the text that all subscribers get of it. */
export interface HeardEvent extends PlacedEvent {
  frame: string;
}

/** Called with each event, and with null when the hub is closed. It must not throw. */
export type Listener = (heard: HeardEvent | null) => void;

/** An event as Server-Sent Events have it. */
export function toHeard({ id, event }: PlacedEvent): HeardEvent {
  return { id, event, frame: `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` };
}

const RETRY_MS = 1000;

/** One reader of the stream of events for all who listen, so that any number of them costs Redis no more than one. */
export class EventHub {
  readonly #events: CallEvents;
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #reading: Promise<void> | null = null;
  #lastId: string | null = null;

  /** The events are shared; they are not closed here. */
  constructor(events: CallEvents, logger: Logger) {
    this.#events = events;
    this.#logger = logger;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The id of the last event that listeners were called with; null: none yet. */
  get lastId(): string | null {
    return this.#lastId;
  }

  /** Reads from now on. Rejects with `QUEUE_UNAVAILABLE`; it goes on by itself when Redis is away later. */
  async start(): Promise<void> {
    this.#lastId = await this.#events.lastId();
    this.#reading = this.#read();
  }

  /** Calls `listener` with each event from now on. Returns how to end it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const listener of this.#listeners) listener(null);
    this.#listeners.clear();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for await (const placed of this.#events.follow({ from: this.#lastId ?? '0', signal })) {
          this.#lastId = placed.id;
          // Once for all of them.
          const heard = toHeard(placed);
          for (const listener of this.#listeners) listener(heard);
        }
      } catch (error) {
        this.#logger.warn({ err: error }, 'events cannot be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }
}

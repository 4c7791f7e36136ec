import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CallEvents } from '@outdial/client';
import type { Logger } from 'pino';
import { EventBatch, type HeardEvent, toHeard } from './event-batch.js';

/** Called with events, and with null when the hub is closed. It must not throw. */
export type Listener = (batch: EventBatch | null) => void;

const RETRY_MS = 1000;
/**
 * Events that come within this time, or up to this length, are handed over together; where many listen, within so much longer that
 * they cost no more than so many writes a second.
 */
const GATHER_MS = 25;
const GATHER_LENGTH = 65_536;
const WRITES_A_SECOND_MAX = 5000;
/** Listeners that are called in one turn of the event loop: what else the gateway does comes in between. */
const SLICE = 100;

/** One reader of the stream of events for all who listen, so that any number of them costs Redis no more than one. */
export class EventHub {
  readonly #events: CallEvents;
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  readonly #closing = new AbortController();
  #reading: Promise<void> | null = null;
  #lastId: string | null = null;
  #gathered: HeardEvent[] = [];
  #gatheredLength = 0;
  #gathering: NodeJS.Timeout | null = null;
  #delivering: Promise<void> = Promise.resolve();

  /** The events are shared; they are not closed here. */
  constructor(events: CallEvents, logger: Logger) {
    this.#events = events;
    this.#logger = logger;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The id of the last event that was read: who listens from now on gets those after it. Null: none yet. */
  get lastId(): string | null {
    return this.#lastId;
  }

  /** Reads from now on. Rejects with `QUEUE_UNAVAILABLE`; it goes on by itself when Redis is away later. */
  async start(): Promise<void> {
    this.#lastId = await this.#events.lastId();
    this.#reading = this.#read();
  }

  /** Calls `listener` with all events from now on. Returns how to end it. */
  listen(listener: Listener): () => void {
    // What was gathered came before.
    this.#handOver();
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#handOver();
    await this.#delivering;
    for (const listener of this.#listeners) listener(null);
    this.#listeners.clear();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        for await (const placed of this.#events.followAll({ from: this.#lastId ?? '0', signal })) {
          this.#lastId = placed.id;
          this.#gather(toHeard(placed));
          // More than listeners are handed at a time waits in Redis.
          if (this.#gatheredLength > GATHER_LENGTH) {
            this.#handOver();
            await this.#delivering;
          }
        }
      } catch (error) {
        this.#logger.warn({ err: error }, 'events cannot be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #gather(heard: HeardEvent): void {
    this.#gathered.push(heard);
    this.#gatheredLength += heard.frame.length;
    const forMs = Math.max(GATHER_MS, (1000 * this.#listeners.size) / WRITES_A_SECOND_MAX);
    // While those before them are still handed over, they wait for each other.
    this.#gathering ??= setTimeout(() => void this.#delivering.then(() => this.#handOver()), forMs);
  }

  /** Hands over what was gathered, to those who listen now. */
  #handOver(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    if (this.#gathered.length === 0) return;
    const batch = new EventBatch(this.#gathered);
    const listeners = [...this.#listeners];
    this.#gathered = [];
    this.#gatheredLength = 0;
    this.#delivering = this.#delivering.then(() => this.#deliver(batch, listeners));
  }

  async #deliver(batch: EventBatch, listeners: readonly Listener[]): Promise<void> {
    for (let from = 0; from < listeners.length; from += SLICE) {
      for (const listener of listeners.slice(from, from + SLICE))
        if (this.#listeners.has(listener)) listener(batch);
      await nextTurn();
    }
  }
}

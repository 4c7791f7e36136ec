import type { ServerResponse } from 'node:http';
import type { CallEvents } from '@outdial/client';
import { type EventBatch, toHeard } from './event-batch.js';
import { type EventFilter, isWanted } from './event-filter.js';
import type { EventHub } from './event-hub.js';
import { compareIds } from './stream-ids.js';

/** Bytes that wait for a subscriber that reads too slowly; then it is cut off, and may resume where it was. */
const BEHIND_MAX = 4_194_304;
const HEARTBEAT_MS = 15_000;
/** Stored events leave in one write up to this length, or when no further one comes within this time. */
const GATHER_LENGTH = 65_536;
const GATHER_MS = 25;

/** One subscriber's stream of events (Server-Sent Events). */
export class Subscription {
  readonly #response: ServerResponse;
  readonly #filter: EventFilter;
  readonly #filterKey: string;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #stop = new AbortController();
  /** What came while what was before it is still read from the stream; null: nothing is. */
  #held: Buffer[] | null = [];
  #heldBytes = 0;
  #gathered = '';
  #gathering: NodeJS.Timeout | null = null;
  #isEnded = false;

  constructor(response: ServerResponse, filter: EventFilter) {
    this.#response = response;
    this.#filter = filter;
    this.#filterKey = JSON.stringify(filter);
    // A proxy must not take a quiet stream for a dead one, and a subscriber that is gone must be found out.
    this.#heartbeat = setInterval(() => this.#write(': alive\n\n'), HEARTBEAT_MS);
    response.once('close', () => this.end());
  }

  /** Aborts when the subscriber is gone. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /**
   * Sends what came after the event `lastId` (null: only what comes from now on), and then what comes. None is left out between
   * the two: the hub is listened to before the stream is read.
   */
  async run(hub: EventHub, events: CallEvents, lastId: string | null): Promise<void> {
    const stopListening = hub.listen((batch) => this.#take(batch));
    this.#stop.signal.addEventListener('abort', stopListening, { once: true });
    this.#write('retry: 1000\n\n');
    if (lastId !== null) await this.#catchUp(events, lastId, hub.lastId ?? '0');
    this.#flush();
    const held = this.#held ?? [];
    this.#held = null;
    for (const bytes of held) this.#write(bytes);
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#heartbeat);
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#stop.abort();
    this.#response.end();
  }

  /** What is stored after `lastId`, up to what the hub had told when this began to listen. */
  async #catchUp(events: CallEvents, lastId: string, until: string): Promise<void> {
    if (compareIds(lastId, until) >= 0) return;
    for await (const placed of events.followAll({ from: lastId, signal: this.#stop.signal })) {
      if (compareIds(placed.id, until) > 0) return;
      if (isWanted(placed.event, this.#filter)) this.#gather(toHeard(placed).frame);
      // Whoever reads slowly is read for slowly.
      if (this.#response.writableNeedDrain) await this.#drained();
      if (placed.id === until) return;
    }
  }

  #take(batch: EventBatch | null): void {
    if (batch === null) this.end();
    const bytes = batch?.bytesFor(this.#filter, this.#filterKey) ?? null;
    if (bytes === null) return;
    if (this.#held === null) this.#write(bytes);
    else this.#hold(this.#held, bytes);
  }

  #hold(held: Buffer[], bytes: Buffer): void {
    held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > BEHIND_MAX) this.end();
  }

  #gather(frame: string): void {
    this.#gathered += frame;
    if (this.#gathered.length > GATHER_LENGTH) this.#flush();
    else this.#gathering ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    const gathered = this.#gathered;
    this.#gathered = '';
    if (gathered !== '') this.#write(gathered);
  }

  #write(bytes: string | Buffer): void {
    if (this.#isEnded) return;
    this.#response.write(bytes);
    if (this.#response.writableLength > BEHIND_MAX) {
      this.end();
      this.#response.destroy();
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#response.off('drain', done);
        this.#stop.signal.removeEventListener('abort', done);
        resolve();
      };
      this.#response.once('drain', done);
      this.#stop.signal.addEventListener('abort', done, { once: true });
    });
  }
}

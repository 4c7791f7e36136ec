import type { PlacedEvent, StreamEvent } from '@outdial/client';
import { type EventFilter, isWanted } from './event-filter.js';

/** An event, and the text that is sent of it. */
export interface HeardEvent extends PlacedEvent<StreamEvent> {
  frame: string;
}

/** An event as Server-Sent Events have it. */
export function toHeard({ id, event }: PlacedEvent<StreamEvent>): HeardEvent {
  return { id, event, frame: `id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` };
}

/** Events that came close together. What is sent of them is made once for all subscribers that want the same. */
export class EventBatch {
  readonly #events: readonly HeardEvent[];
  /** By what is wanted of them. */
  readonly #bytes = new Map<string, Buffer | null>();

  constructor(events: readonly HeardEvent[]) {
    this.#events = events;
  }

  /** What is sent of those that are wanted; null: none is. `key`: the same for filters that are the same, and no others. */
  bytesFor(filter: EventFilter, key: string): Buffer | null {
    let bytes = this.#bytes.get(key);
    if (bytes === undefined) {
      const frames = this.#events.flatMap(({ event, frame }) => (isWanted(event, filter) ? [frame] : []));
      bytes = frames.length === 0 ? null : Buffer.from(frames.join(''));
      this.#bytes.set(key, bytes);
    }
    return bytes;
  }
}

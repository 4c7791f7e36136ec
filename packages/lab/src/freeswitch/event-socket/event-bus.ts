import type { EventHeaders, FsEvent } from './event.js';

/** A subscriber to events. */
export interface EventListener {
  /** Whether it may want an event of this name and subclass; called before the event is built. */
  wants(name: string, subclass: string | null): boolean;
  deliver(event: FsEvent): void;
}

export interface EventToFire {
  readonly name: string;
  readonly subclass?: string;
  /** Follow the headers that every event has. */
  readonly headers?: Iterable<readonly [string, string]>;
  readonly body?: string | null;
}

/** Delivers the events of one FreeSWITCH. Every event has its Core-UUID, the time and a sequence number. */
export class EventBus {
  readonly #identity: EventHeaders;
  readonly #listeners = new Set<EventListener>();
  #sequence = 0;

  /** @param identity headers that identify this FreeSWITCH */
  constructor(identity: EventHeaders) {
    this.#identity = identity;
  }

  add(listener: EventListener): void {
    this.#listeners.add(listener);
  }

  delete(listener: EventListener): void {
    this.#listeners.delete(listener);
  }

  /**
   * Calls `make` only if a listener wants the event: a channel event has 100 headers, and most have no
   * listener.
   */
  fire(name: string, subclass: string | null, make: () => Omit<EventToFire, 'name' | 'subclass'>): void {
    const wanting = [...this.#listeners].filter((listener) => listener.wants(name, subclass));
    if (wanting.length === 0) return;
    const event = this.build({ name, ...(subclass === null ? {} : { subclass }), ...make() });
    for (const listener of wanting) listener.deliver(event);
  }

  /** Builds an event without delivering it. */
  build({ name, subclass, headers = [], body = null }: EventToFire): FsEvent {
    const all: EventHeaders = new Map();
    if (subclass !== undefined) all.set('Event-Subclass', subclass);
    all.set('Event-Name', name);
    for (const [key, value] of this.#identity) all.set(key, value);
    const now = new Date();
    all.set('Event-Date-Local', localTime(now));
    all.set('Event-Date-GMT', now.toUTCString());
    all.set('Event-Date-Timestamp', String(now.getTime() * 1000));
    all.set('Event-Sequence', String(++this.#sequence));
    for (const [key, value] of headers) all.set(key, value);
    return { name, subclass: subclass ?? null, headers: all, body };
  }
}

function localTime(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

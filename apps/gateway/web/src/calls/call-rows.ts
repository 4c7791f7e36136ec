import type { CallEvent } from '@outdial/contract';
import { type CallRow, rowAfter } from './call-row.js';

/**
 * The rows of a list, in an order that does not change under whoever reads: events change rows where they are; calls that
 * begin are held until they are asked for, and then stand on top.
 */
export class CallRows {
  readonly #known = new Map<string, CallRow>();
  readonly #listeners = new Set<() => void>();
  readonly #fits: (row: CallRow) => boolean;
  #top: string[] = [];
  #listed: string[] = [];
  #held = new Set<string>();
  #pages = 0;
  #version = 0;

  constructor(fits: (row: CallRow) => boolean) {
    this.#fits = fits;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly version = (): number => this.#version;

  get count(): number {
    return this.#top.length + this.#listed.length;
  }

  /** How many calls have begun that do not stand on top yet. */
  get held(): number {
    return this.#held.size;
  }

  /** The row at a place, the top is 0. */
  at(place: number): CallRow | undefined {
    const id = this.#top[place] ?? this.#listed[place - this.#top.length];
    return id === undefined ? undefined : this.#known.get(id);
  }

  /** Takes pages of the list that it does not have yet. */
  addPages(pages: ReadonlyArray<readonly CallRow[]>): void {
    for (const row of pages.slice(this.#pages).flat()) {
      // An event may have told of it before, or it has moved from page to page.
      if (this.#known.has(row.id)) continue;
      this.#known.set(row.id, row);
      this.#listed.push(row.id);
    }
    this.#pages = pages.length;
    this.#changed();
  }

  apply(events: readonly CallEvent[]): void {
    for (const event of events) {
      const known = this.#known.get(event.jobId);
      const row = rowAfter(known, event);
      if (row === null || (known === undefined && !this.#fits(row))) continue;
      this.#known.set(row.id, row);
      if (known === undefined || (known.phase === 'waiting' && row.phase !== 'waiting'))
        this.#held.add(row.id);
    }
    this.#changed();
  }

  /** Puts the calls that have begun on top, the last first. */
  showHeld(): void {
    const held = this.#held;
    if (held.size === 0) return;
    const stays = (id: string) => !held.has(id);
    this.#top = [...[...held].reverse(), ...this.#top.filter(stays)];
    this.#listed = this.#listed.filter(stays);
    this.#held = new Set();
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

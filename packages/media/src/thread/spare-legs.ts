/** A leg whose sockets are open, and of which nothing was made: no far end was set, and no packet has come. */
export interface SpareLeg {
  /** The number of its session. */
  id: number;
  /** The address that its sockets are bound to. */
  host: string;
  port: number;
}

/** So many are kept for each thread; more would only cost sockets. */
const KEPT_MAX = 64;

/**
 * Legs that a dial took and did not use: most are refused before any media. The next dial takes one of them, which spares
 * two sockets and two exchanges with the thread. The one that has waited longest is taken first, as with ports, so that late
 * packets of one call do not reach the next.
 */
export class SpareLegs {
  readonly #legs = new Map<number, SpareLeg>();
  readonly #end: (leg: SpareLeg) => void;

  /** `end` closes a leg that is not kept any longer. */
  constructor(end: (leg: SpareLeg) => void) {
    this.#end = end;
  }

  get size(): number {
    return this.#legs.size;
  }

  keep(leg: SpareLeg): void {
    this.#legs.set(leg.id, leg);
    if (this.#legs.size <= KEPT_MAX) return;
    const [oldest] = this.#legs.keys();
    if (oldest !== undefined) this.drop(oldest);
  }

  /** One that is bound to `host`, if there is one. */
  take(host: string): SpareLeg | null {
    for (const leg of this.#legs.values()) {
      if (leg.host !== host) continue;
      this.#legs.delete(leg.id);
      return leg;
    }
    return null;
  }

  /** Ends one: a packet came to it, or its thread was lost. */
  drop(id: number): void {
    const leg = this.#legs.get(id);
    this.#legs.delete(id);
    if (leg !== undefined) this.#end(leg);
  }
}

import type { Trunk } from './configuration.js';
import type { DrachtioServer } from './drachtio/drachtio-server.js';

/** Counts the calls on each drachtio server and trunk, and keeps each trunk's `maxCalls`. */
export class CallCounts {
  readonly #byTrunk = new Map<string, number>();

  hasRoomOn(trunk: Trunk | null): boolean {
    return trunk?.maxCalls === undefined || this.#on(trunk) < trunk.maxCalls;
  }

  /** Counts a call in, whether there is room or not. */
  enter(drachtio: DrachtioServer, trunk: Trunk | null): CallPlace {
    return new CallPlace(this, drachtio, trunk);
  }

  add(trunk: Trunk | null, count: 1 | -1): void {
    if (trunk !== null) this.#byTrunk.set(trunk.name, this.#on(trunk) + count);
  }

  #on({ name }: Trunk): number {
    return this.#byTrunk.get(name) ?? 0;
  }
}

/** One call's place on its server and trunk. */
export class CallPlace {
  readonly #counts: CallCounts;
  readonly #drachtio: DrachtioServer;
  #trunk: Trunk | null;

  constructor(counts: CallCounts, drachtio: DrachtioServer, trunk: Trunk | null) {
    this.#counts = counts;
    this.#drachtio = drachtio;
    this.#trunk = trunk;
    drachtio.busyCalls += 1;
    counts.add(trunk, 1);
  }

  /** Moves the call to another trunk, or off trunks; false, without effect, where the trunk is full. */
  moveTo(trunk: Trunk | null): boolean {
    if (!this.#counts.hasRoomOn(trunk)) return false;
    this.#counts.add(this.#trunk, -1);
    this.#counts.add(trunk, 1);
    this.#trunk = trunk;
    return true;
  }

  leave(): void {
    this.#drachtio.busyCalls -= 1;
    this.#counts.add(this.#trunk, -1);
  }
}

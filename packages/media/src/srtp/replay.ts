/** RFC 3711 section 3.3.2 asks for 64 at least. */
const WINDOW = 128;

/** Tells packets that come again from new ones, by their index. */
export class ReplayWindow {
  readonly #seen = new Float64Array(WINDOW).fill(-1);
  #highest = -1;

  /** The highest index that was taken, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** True when the index is new and not too old to tell. */
  isNew(index: number): boolean {
    return index > this.#highest - WINDOW && this.#seen[index % WINDOW] !== index;
  }

  /** To be called once the packet has proved authentic. */
  take(index: number): void {
    this.#seen[index % WINDOW] = index;
    if (index > this.#highest) this.#highest = index;
  }
}

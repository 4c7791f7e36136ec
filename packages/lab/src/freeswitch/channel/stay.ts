/** Where a channel is while no application runs: it stays there until it is moved on. */
export class Stay {
  #current = new AbortController();
  /** Whether it has been moved on, and has not arrived yet: it takes no commands meanwhile. */
  isMoving = false;

  /** Ends where it is. Returns the signal that ends the next one. */
  moveOn(): AbortSignal {
    this.#current.abort();
    this.#current = new AbortController();
    this.isMoving = true;
    return this.#current.signal;
  }

  arrive(): void {
    this.isMoving = false;
  }
}

/** The keys that a callee has pressed and that nobody has taken yet, in order. */
export class PressedKeys {
  #keys: string[] = [];
  #ignored: { key: string; until: number } | null = null;
  readonly #listeners = new Set<() => void>();

  press(digit: string): void {
    const ignored = this.#ignored;
    this.#ignored = null;
    if (ignored?.key === digit && performance.now() < ignored.until) return;
    this.#keys.push(digit);
    for (const listener of this.#listeners) listener();
  }

  get isEmpty(): boolean {
    return this.#keys.length === 0;
  }

  /** The key that was pressed first, which counts as taken; null: there is none. */
  take(): string | null {
    return this.#keys.shift() ?? null;
  }

  /** Drops what was pressed. */
  forget(): void {
    this.#keys = [];
  }

  /**
   * Does not count the next key if it is this one and comes soon: people finish an entry by the finishing key, also one that
   * was complete without it.
   */
  ignoreNext(key: string, withinMs: number): void {
    if (this.isEmpty) this.#ignored = { key, until: performance.now() + withinMs };
    else if (this.#keys[0] === key) this.#keys.shift();
  }

  /** Resolves with the next key, which counts as taken; with null when none comes in time, or the signal aborts. */
  async next(withinMs: number, signal: AbortSignal): Promise<string | null> {
    if (this.isEmpty && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = () => {
          clearTimeout(timer);
          stopListening();
          signal.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, withinMs);
        const stopListening = this.onPress(end);
        signal.addEventListener('abort', end, { once: true });
      });
    }
    return signal.aborted ? null : this.take();
  }

  /** Calls back with each key press from now on. Returns a function that ends it. */
  onPress(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

import { TransientMap } from '@outdial/collections';

/** Who waits for something, each to be called once. */
export class OnceListeners {
  readonly #listeners = new TransientMap<symbol, () => void>();

  /** Returns an unsubscribe function. */
  add(listener: () => void): () => void {
    const key = Symbol();
    this.#listeners.set(key, listener);
    return () => this.#listeners.delete(key);
  }

  /** Calls all that wait; who begins to meanwhile waits for the next time. */
  fire(): void {
    const listeners = [...this.#listeners.values()];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

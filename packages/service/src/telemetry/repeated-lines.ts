/** Lines of the same failure are written once in this time, in milliseconds. */
const WINDOW_MS = 10_000;
/** Different failures that are known at a time; beyond that every line is written. */
const KNOWN_MAX = 1000;

/**
 * Tells which lines of a log repeat another: the same message about the same error. A server that is down makes hundreds of calls
 * fail in the same way within a second, and one line says as much. How many were left out is written when the time is over.
 */
export class RepeatedLines {
  /** By message and error, how many lines were left out so far. */
  readonly #known = new Map<string, number>();

  /** Whether this line is to be left out; `summarize` is called later, with how many were, if any. */
  isRepeated(message: string, error: Error, summarize: (times: number) => void): boolean {
    const key = `${message}\n${error.name}: ${error.message}`;
    const times = this.#known.get(key);
    if (times !== undefined) {
      this.#known.set(key, times + 1);
      return true;
    }
    if (this.#known.size >= KNOWN_MAX) return false;
    this.#known.set(key, 0);
    setTimeout(() => {
      const leftOut = this.#known.get(key) ?? 0;
      this.#known.delete(key);
      if (leftOut > 0) summarize(leftOut);
    }, WINDOW_MS).unref();
    return false;
  }
}

/** Those who wait for a server of a kind to answer. */
export class UpSignal {
  readonly #waiting = new Set<() => void>();

  /** Lets all of them go on. */
  fire(): void {
    for (const goOn of this.#waiting) goOn();
  }

  /** Resolves with the next `fire`, or when the signal aborts. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const goOn = () => {
        this.#waiting.delete(goOn);
        signal?.removeEventListener('abort', goOn);
        resolve();
      };
      this.#waiting.add(goOn);
      signal?.addEventListener('abort', goOn);
      if (signal?.aborted) goOn();
    });
  }
}

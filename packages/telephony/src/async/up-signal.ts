/** Lets many callers wait until a server of a kind answers. */
export class UpSignal {
  readonly #waiting = new Set<() => void>();

  /** Resolves every pending `wait`. */
  fire(): void {
    for (const proceed of this.#waiting) proceed();
  }

  /** Resolves with the next `fire`, or when the signal aborts. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const proceed = () => {
        this.#waiting.delete(proceed);
        signal?.removeEventListener('abort', proceed);
        resolve();
      };
      this.#waiting.add(proceed);
      signal?.addEventListener('abort', proceed);
      if (signal?.aborted) proceed();
    });
  }
}

/** The digits that a channel has received and no application has taken yet. */
export class DigitQueue {
  #digits: string[] = [];
  #onDigit: (() => void) | null = null;

  push(digit: string): void {
    this.#digits.push(digit);
    this.#onDigit?.();
  }

  /** Drops what has been received. */
  flush(): void {
    this.#digits = [];
  }

  /** Resolves as soon as there is a digit, without taking it; the signal ends the wait. */
  available(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#onDigit = null;
        signal.removeEventListener('abort', settle);
        resolve();
      };
      if (this.#digits.length > 0 || signal.aborted) return resolve();
      this.#onDigit = settle;
      signal.addEventListener('abort', settle);
    });
  }

  /** Takes the next digit; null when none comes in time or the signal aborts. */
  async take(timeoutMs: number, signal: AbortSignal): Promise<string | null> {
    await this.available(AbortSignal.any([signal, AbortSignal.timeout(Math.max(0, timeoutMs))]));
    return this.#digits.shift() ?? null;
  }
}

/**
 * Hands values from producers, which wait until theirs is done with, to one consumer that asks for them one
 * by one. Asking for the next says that the one before is `taken`; closing says `refused`.
 */
export class Handoff<T> implements AsyncIterableIterator<T> {
  #offers: Array<{ value: T; settle: (answer: 'taken' | 'refused') => void }> = [];
  #current: ((answer: 'taken' | 'refused') => void) | null = null;
  #asking: Array<(result: IteratorResult<T>) => void> = [];
  #isClosed = false;

  /** Resolves once the consumer has asked for the next one, or will never do so. */
  offer(value: T): Promise<'taken' | 'refused'> {
    if (this.#isClosed) return Promise.resolve('refused');
    return new Promise((settle) => {
      this.#offers.push({ value, settle });
      this.#match();
    });
  }

  next(): Promise<IteratorResult<T>> {
    this.#current?.('taken');
    this.#current = null;
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#asking.push(resolve);
      this.#match();
    });
  }

  /** The consumer leaves: what it holds, and what waits, is refused. */
  return(): Promise<IteratorResult<T>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  close(): void {
    this.#isClosed = true;
    this.#current?.('refused');
    this.#current = null;
    for (const { settle } of this.#offers.splice(0)) settle('refused');
    for (const resolve of this.#asking.splice(0)) resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #match(): void {
    const resolve = this.#asking[0];
    const offer = this.#offers[0];
    if (resolve === undefined || offer === undefined) return;
    this.#asking.shift();
    this.#offers.shift();
    this.#current = offer.settle;
    resolve({ done: false, value: offer.value });
  }
}

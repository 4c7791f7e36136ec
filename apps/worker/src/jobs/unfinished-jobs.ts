/** Work that has begun and not ended. */
export class UnfinishedJobs {
  readonly #work = new Set<Promise<void>>();

  track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
    return tracked;
  }

  /** Resolves when all work has ended, also what began meanwhile. */
  async allSettled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
  }
}

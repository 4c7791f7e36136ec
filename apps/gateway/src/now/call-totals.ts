import type { Outdial } from '@outdial/client';
import type { CallEvent } from '@outdial/contract';
import type { Logger } from 'pino';
import { ActiveCalls } from './active-calls.js';
import { Tally } from './tally.js';

/** How far back totals go. */
export const TOTALS_SECONDS = 3600;
/** Nobody has looked for so long: then nothing is counted. */
const UNWATCHED_MS = 300_000;
/** The ledger is asked again which calls are up, in case an event was trimmed before it was read. */
const SEED_EVERY_MS = 60_000;

/**
 * What calls did in the last hour, second by second, counted from the stream of events. Every gateway counts the same stream, and only
 * while somebody looks: the first look reads what the stream still has of the hour.
 */
export class CallTotals {
  readonly #outdial: Pick<Outdial, 'events' | 'calls'>;
  readonly #logger: Logger;
  readonly active = new ActiveCalls();
  #tally = new Tally(TOTALS_SECONDS);
  #counting: { stop: AbortController; done: Promise<void> } | null = null;
  #lookedAt = 0;

  constructor(outdial: Pick<Outdial, 'events' | 'calls'>, logger: Logger) {
    this.#outdial = outdial;
    this.#logger = logger;
  }

  /** The counts so far, which go on while this is called from time to time. */
  look(): Tally {
    this.#lookedAt = Date.now();
    this.#counting ??= this.#start();
    return this.#tally;
  }

  async close(): Promise<void> {
    this.#counting?.stop.abort();
    await this.#counting?.done;
  }

  #start(): { stop: AbortController; done: Promise<void> } {
    const stop = new AbortController();
    this.#tally = new Tally(TOTALS_SECONDS);
    void this.#seed();
    const timer = setInterval(() => {
      if (Date.now() - this.#lookedAt > UNWATCHED_MS) stop.abort();
      else void this.#seed();
    }, SEED_EVERY_MS);
    const done = this.#count(stop.signal)
      .catch((error) => this.#logger.warn({ err: error }, 'events cannot be counted'))
      .finally(() => {
        clearInterval(timer);
        this.#counting = null;
      });
    return { stop, done };
  }

  async #count(signal: AbortSignal): Promise<void> {
    const from = String(Date.now() - TOTALS_SECONDS * 1000);
    for await (const { event } of this.#outdial.events.follow({ from, signal })) this.#add(event);
  }

  #add(event: CallEvent): void {
    this.#tally.add(event);
    this.active.apply(event);
  }

  async #seed(): Promise<void> {
    try {
      await this.active.seed(() => this.#outdial.calls.active());
    } catch (error) {
      this.#logger.warn({ err: error }, 'active calls cannot be read');
    }
  }
}

import { type CallEvent, type CallResult, callEventSchema, DEFAULT_PREFIX } from '@outdial/contract';
import type { RedisClient } from '@outdial/queue';
import { defineLedgerScripts, type RunLedgerScript } from '../scripts.js';
import { FACT_NAMES, type FactName, toFact } from './index-facts.js';

/** Which calls to find; all that is given must hold. */
export interface IndexFilter {
  lane?: string;
  label?: string;
  state?: CallResult['state'];
  cause?: CallResult['cause'];
  farEndType?: CallResult['farEndType'];
  /** The code of the result's error. */
  error?: string;
  /** Calls of other lanes are not found. */
  lanes?: readonly string[];
  /** Digits that the number called has, in this order and without a gap. */
  digits?: string;
  /** A text, in whatever case, that is in any of these fields, in the job's id or in the caller id. */
  text?: string;
  /** When the result came, in epoch milliseconds: from, and before. */
  from?: number;
  before?: number;
}

/** A job that was found. */
export interface IndexedCall {
  /** Its place in the index. */
  at: string;
  jobId: string;
}

/** Entries that one step looks at: some milliseconds of Redis' time. */
const LOOK = 2000;
/** Entries that one search looks at before it returns what it has. */
const LOOK_MAX = 200_000;

/**
 * Finds calls by what their results say, the newest first. The ledger adds an entry of about 150 bytes to it with each result,
 * in the very step that records the result, and keeps as many as entries of calls.
 */
export class CallIndex {
  readonly #run: RunLedgerScript;

  /** The connection is shared; it is not closed here. */
  constructor(redis: RedisClient, prefix: string = DEFAULT_PREFIX) {
    this.#run = defineLedgerScripts(redis, prefix);
  }

  /**
   * One page. `before`: the place up to which was searched already. `next` is where to go on, or null when there are no more; a
   * page may have fewer calls than `limit`, or none, and still a `next`, when few calls of many fit, or `signal` ended the search.
   */
  async search(
    filter: IndexFilter,
    {
      limit,
      before,
      signal,
    }: { limit: number; before?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<{ calls: IndexedCall[]; next: string | null }> {
    // Redis takes no place before the first that there may be.
    if (filter.lanes?.length === 0 || (filter.before ?? 1) <= 0) return { calls: [], next: null };
    const facts = FACT_NAMES.flatMap((name: FactName) => {
      const value = filter[name];
      return value === undefined ? [] : [toFact(name, value)];
    });
    const alternatives = (filter.lanes ?? []).map((lane) => toFact('lane', lane));
    const oldest = filter.from === undefined ? '-' : String(Math.max(0, filter.from));
    const newest = filter.before === undefined ? '+' : `(${filter.before}-0`;
    const calls: IndexedCall[] = [];
    let next: string | null = before ?? null;
    for (let looked = 0; looked < LOOK_MAX && calls.length < limit; looked += LOOK) {
      const [last, ...found]: Array<string | null> = await this.#run<Array<string | null>>(
        'searchIndex',
        next === null ? newest : `(${next}`,
        oldest,
        LOOK,
        limit - calls.length,
        filter.digits ?? '',
        filter.text?.toLowerCase() ?? '',
        alternatives.length,
        ...alternatives,
        ...facts,
      );
      for (let i = 0; i + 1 < found.length; i += 2)
        calls.push({ at: found[i] as string, jobId: found[i + 1] as string });
      next = last ?? null;
      if (next === null || signal?.aborted) break;
    }
    return { calls, next };
  }

  /** The events of a job that are kept, between two times (epoch milliseconds). What is no event is left out. */
  async eventsOf(
    jobId: string,
    { from, to }: { from: number; to: number },
  ): Promise<Array<{ id: string; event: CallEvent }>> {
    const events: Array<{ id: string; event: CallEvent }> = [];
    for (let oldest: string | null = String(from); oldest !== null; ) {
      const [last, ...found]: Array<string | null> = await this.#run<Array<string | null>>(
        'eventsOf',
        jobId,
        oldest,
        String(to),
        LOOK,
      );
      for (let i = 0; i + 1 < found.length; i += 2) {
        const event = toEvent(found[i + 1] as string);
        if (event !== null) events.push({ id: found[i] as string, event });
      }
      oldest = last === null || last === undefined ? null : `(${last}`;
    }
    return events;
  }
}

function toEvent(json: string): CallEvent | null {
  try {
    return callEventSchema.parse(JSON.parse(json));
  } catch {
    return null;
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { type CallResult, OutdialError } from '@outdial/contract';
import type { CallEvents } from './events/call-events.js';
import type { CallQueue } from './queue/call-queue.js';

export interface ResultsOfOptions {
  /** Ends the loop; results that have not come yet are not waited for. */
  signal?: AbortSignal;
  /** Milliseconds between two looks into the ledger, in case an event was missed (default 2000). */
  pollMs?: number;
}

/** Jobs that are looked up at the same time. */
const LOOKED_UP_AT_ONCE = 100;

/**
 * The results of these jobs, each once and as soon as it is there; those that are there already come first. Nothing is
 * taken from the results queue, so any number of processes may wait for the same jobs. Ends after the last one. Rejects
 * with `JOB_NOT_FOUND` for a job that is not known, and with `QUEUE_UNAVAILABLE` when Redis does not answer at first; a
 * Redis that goes away later is waited for.
 */
export async function* resultsOf(
  jobIds: Iterable<string>,
  { queue, events }: { queue: CallQueue; events: CallEvents },
  { signal, pollMs = 2000 }: ResultsOfOptions = {},
): AsyncGenerator<CallResult, void, undefined> {
  const pending = new Set(jobIds);
  const found: CallResult[] = [];
  const stop = new AbortController();
  const ends = AbortSignal.any([stop.signal, ...(signal === undefined ? [] : [signal])]);
  let wake: () => void = () => undefined;
  let failure: unknown = null;
  const take = (result: CallResult | null) => {
    if (result === null || !pending.delete(result.jobId)) return;
    found.push(result);
    wake();
  };
  const fail = (error: unknown) => {
    if (!ends.aborted) failure ??= error;
    wake();
  };

  const follow = async (from: string) => {
    for await (const { event } of events.follow({ from, signal: ends }))
      if (event.type === 'result') take(event.result);
  };
  const lookUp = async () => {
    const ids = [...pending];
    for (let start = 0; start < ids.length && !ends.aborted; start += LOOKED_UP_AT_ONCE) {
      const chunk = ids.slice(start, start + LOOKED_UP_AT_ONCE).filter((id) => pending.has(id));
      await Promise.all(chunk.map(async (id) => take(await queue.resultOf(id))));
    }
  };
  const poll = async () => {
    await lookUp();
    while (!ends.aborted && pending.size > 0) {
      await delay(pollMs, undefined, { signal: ends }).catch(() => undefined);
      await lookUp().catch((error) => {
        if (!(error instanceof OutdialError) || error.code !== 'QUEUE_UNAVAILABLE') throw error;
      });
    }
  };

  ends.addEventListener('abort', () => wake(), { once: true });
  try {
    if (pending.size > 0 && !ends.aborted) {
      // From before the first look on: a result that comes meanwhile is found by one of the two.
      follow(await events.lastId()).catch(fail);
      poll().catch(fail);
    }
    while (!ends.aborted) {
      yield* found.splice(0);
      if (failure !== null) throw failure;
      if (found.length > 0) continue;
      if (pending.size === 0) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop.abort();
  }
}

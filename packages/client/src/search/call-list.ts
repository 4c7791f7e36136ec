import { type CallCapture, type CallEvent, ledgerJobId, OutdialError } from '@outdial/contract';
import { CallIndex, Captures, Ledger, type LedgerEntry } from '@outdial/ledger';
import { Lanes, RedisAccess, type RedisAccessOptions, type WaitingPlace, waitingJobs } from '@outdial/queue';
import type { CallStatus } from '../queue/call-status.js';
import { describeJob } from '../queue/job-input.js';
import { toStatus } from '../queue/to-status.js';
import { asksForResult, type CallFilter, fits, type ListedPhase, type UnendedCall } from './call-filter.js';
import { ORDER, type Place, readCursor, toCursor } from './place.js';

/** A page of calls. */
export interface CallPage {
  calls: CallStatus[];
  /** Where the next page begins; null: there is none. A page may be empty, and another follow, when few calls of many fit. */
  next: string | null;
}

interface Found {
  calls: CallStatus[];
  next: Place | null;
}

interface PageOptions {
  limit: number;
  /** All phases are listed. */
  isMixed: boolean;
  signal: AbortSignal | undefined;
}

/** The stream's clock and those of the workers differ by less. */
const CLOCKS_DIFFER_MS = 60_000;
/** Jobs that wait, and that one page looks at. */
const LOOK = 200;
const LOOK_MAX = 5000;

/** Lists and finds calls, page by page. Nothing is kept for it but the ledger's index of results. */
export class CallList {
  readonly #access: RedisAccess;
  readonly #lanes: Lanes;
  #reading: { ledger: Ledger; index: CallIndex } | null = null;

  constructor(options: RedisAccessOptions) {
    this.#access = new RedisAccess(options);
    this.#lanes = new Lanes(this.#access);
  }

  /**
   * One page: calls that are active, those that began last first; calls that have ended, the last first; jobs that wait, the next
   * first. A call that moves on while pages are read may be in two of them. Rejects with `INVALID_REQUEST` for a cursor that is
   * none, and with `QUEUE_UNAVAILABLE`.
   *
   * @param cursor the `next` of the page before; the filter must be the same
   * @param signal ends the search, for one that nobody waits for any more: the page has what was found by then
   */
  async page(
    filter: CallFilter,
    { limit = 50, cursor, signal }: { limit?: number; cursor?: string; signal?: AbortSignal } = {},
  ): Promise<CallPage> {
    const phases = asksForResult(filter)
      ? (['ended'] as const)
      : filter.phase === undefined
        ? ORDER
        : [filter.phase];
    const first = phases[0];
    if (first === undefined || (filter.phase !== undefined && !phases.includes(filter.phase)))
      return { calls: [], next: null };
    let place: Place | null = cursor === undefined ? { phase: first } : readCursor(cursor);
    const calls: CallStatus[] = [];
    const isMixed = phases.length > 1;
    while (place !== null && calls.length < limit) {
      const from: Place = place;
      const page: Found = await this.#access.request('list calls', () =>
        this.#pageOf(from, filter, { limit: limit - calls.length, isMixed, signal }),
      );
      calls.push(...page.calls);
      const following: ListedPhase | undefined = phases[phases.indexOf(from.phase) + 1];
      place = page.next ?? (following === undefined ? null : { phase: following });
      // Few of many fit: what there is is told, and the caller may go on.
      if ((page.calls.length === 0 && page.next !== null) || signal?.aborted) break;
    }
    return { calls, next: place === null ? null : toCursor(place) };
  }

  /**
   * The events of a job that the stream still has, in order; empty for one that waits. Rejects with `JOB_NOT_FOUND` when nothing
   * is known of the job, and with `QUEUE_UNAVAILABLE`.
   */
  eventsOf(id: string): Promise<Array<{ id: string; event: CallEvent }>> {
    return this.#access.request('events of a call', async () => {
      const { ledger, index } = this.#opened();
      const entry = await ledger.get(id);
      if (entry === null && (await this.#lanes.find(id)) === null)
        throw new OutdialError('JOB_NOT_FOUND', `no call job ${id} is known`);
      const began = entry?.claimedAt ?? entry?.settledAt ?? null;
      if (entry === null || began === null) return [];
      const over = Math.max(entry.settledAt ?? 0, entry.ended?.timings.endedAt ?? 0);
      const to = entry.phase === 'ended' ? over : Date.now();
      return index.eventsOf(id, { from: Math.max(0, began - CLOCKS_DIFFER_MS), to: to + CLOCKS_DIFFER_MS });
    });
  }

  /** What was captured of a call (`capture` of its job or lane); null: nothing, or it has expired. Rejects with `QUEUE_UNAVAILABLE`. */
  captureOf(id: string): Promise<CallCapture | null> {
    return this.#access.request('captureOf', () =>
      new Captures(this.#access.client, this.#access.prefix).read(id),
    );
  }

  /** Every call that a worker holds now, in no order. Rejects with `QUEUE_UNAVAILABLE`. */
  active(): Promise<CallStatus[]> {
    return this.#access.request('list active calls', async () =>
      (await this.#opened().ledger.active()).map((entry) => toStatus(entry.jobId, undefined, entry)),
    );
  }

  async close(): Promise<void> {
    await this.#lanes.close();
    await this.#access.close();
  }

  #pageOf(place: Place, filter: CallFilter, options: PageOptions): Promise<Found> {
    if (place.phase === 'active') return this.#active(place, filter, options);
    if (place.phase === 'ended') return this.#ended(place, filter, options);
    return this.#waiting(place, filter, options);
  }

  async #active(
    { after }: Extract<Place, { phase: 'active' }>,
    filter: CallFilter,
    { limit }: PageOptions,
  ): Promise<Found> {
    const entries = await this.#opened().ledger.active();
    const rows = entries.flatMap((entry) => {
      const unended = toUnended(entry);
      // So that it is known, whatever comes and goes meanwhile, which calls were told.
      const key = `${String(1e15 - unended.at).padStart(16, '0')}:${entry.jobId}`;
      return fits(unended, filter) && (after === undefined || key > after) ? [{ key, entry }] : [];
    });
    const page = rows.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
    const calls = page.map(({ entry }) => toStatus(entry.jobId, undefined, entry));
    const last = page.at(-1);
    return {
      calls,
      next: rows.length > limit && last !== undefined ? { phase: 'active', after: last.key } : null,
    };
  }

  async #ended(
    { before }: Extract<Place, { phase: 'ended' }>,
    filter: CallFilter,
    { limit, isMixed, signal }: PageOptions,
  ): Promise<Found> {
    const { ledger, index } = this.#opened();
    const { number, phase, ...rest } = filter;
    const isOver = isMixed || phase === 'ended';
    const known = Object.fromEntries(
      Object.entries({ ...rest, digits: number }).filter(([, value]) => value !== undefined),
    );
    const found = await index.search(known, { limit, before, signal });
    const entries = await Promise.all(found.calls.map(({ jobId }) => ledger.get(jobId).catch(() => null)));
    const calls = entries.flatMap((entry) => {
      // Past its retention; or an answered call that is still up, which is told among the active ones.
      if (entry === null || (isOver && entry.phase !== 'ended')) return [];
      return [toStatus(entry.jobId, undefined, entry)];
    });
    return { calls, next: found.next === null ? null : { phase: 'ended', before: found.next } };
  }

  async #waiting(
    { lane, place }: Extract<Place, { phase: 'waiting' }>,
    filter: CallFilter,
    { limit }: PageOptions,
  ): Promise<Found> {
    const names = await this.#lanes.names();
    const all = filter.lane === undefined ? (filter.lanes ?? names) : [filter.lane];
    const lanes = all
      .filter((name) => names.includes(name) && (lane === undefined || name >= lane))
      .toSorted();
    const calls: CallStatus[] = [];
    let looked = 0;
    let next: WaitingPlace | null = place ?? { list: 0, from: 0 };
    for (const [at, name] of lanes.entries()) {
      if (at > 0 || name !== lane) next = { list: 0, from: 0 };
      while (next !== null) {
        if (calls.length >= limit || looked >= LOOK_MAX)
          return { calls, next: { phase: 'waiting', lane: name, place: next } };
        const count = Math.min(LOOK, limit - calls.length);
        const page: Awaited<ReturnType<typeof waitingJobs>> = await waitingJobs(
          this.#lanes,
          name,
          next,
          count,
        );
        looked += count;
        calls.push(...(await this.#unclaimed(name, page.jobs, filter)));
        next = page.next;
      }
    }
    return { calls, next: null };
  }

  /** Those of a lane's jobs that fit, and that the ledger does not know yet: others are told in another phase. */
  async #unclaimed(
    lane: string,
    jobs: Awaited<ReturnType<typeof waitingJobs>>['jobs'],
    filter: CallFilter,
  ): Promise<CallStatus[]> {
    const fitting = jobs.flatMap(({ queueId, job }) => {
      const id = ledgerJobId(queueId, lane);
      const { callTo, callFrom = null, label = null } = describeJob(id, job.data);
      const at = job.timestamp ?? 0;
      return fits({ id, lane, label, callTo, callFrom, at }, filter) ? [{ id, data: job.data }] : [];
    });
    const entries = await Promise.all(
      fitting.map(({ id }) =>
        this.#opened()
          .ledger.get(id)
          .catch(() => null),
      ),
    );
    return fitting.flatMap(({ id, data }, at) => {
      const entry = entries[at] ?? null;
      return entry === null || entry.phase === 'waiting' ? [{ ...toStatus(id, data, entry), lane }] : [];
    });
  }

  #opened(): { ledger: Ledger; index: CallIndex } {
    const { client, prefix } = this.#access;
    this.#reading ??= { ledger: new Ledger(client, { prefix }), index: new CallIndex(client, prefix) };
    return this.#reading;
  }
}

function toUnended({ jobId, job, result, claimedAt }: LedgerEntry): UnendedCall {
  const { lane, callTo, callFrom = null, label = null } = result ?? describeJob(jobId, job);
  return { id: jobId, lane, label, callTo, callFrom, at: claimedAt ?? 0 };
}

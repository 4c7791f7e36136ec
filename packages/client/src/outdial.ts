import { type AuditReport, type AuditRunOptions, CallAudit } from '@outdial/audit';
import type { CallResult } from '@outdial/contract';
import { RedisAccess } from '@outdial/queue';
import { CallChannel, type CallChannelOptions } from './channel/call-channel.js';
import { CallEvents } from './events/call-events.js';
import { CallEndedRecords, CallResults } from './outcomes/call-results.js';
import type { OutcomesOptions } from './outcomes/outcomes.js';
import { CallQueue, type CallQueueOptions } from './queue/call-queue.js';
import { type ResultsOfOptions, resultsOf } from './results-of.js';
import { CallList } from './search/call-list.js';

/** `resultsQueue` is both the queue of jobs that name none and the one that `results` and `endedRecords` read. */
export type OutdialOptions = CallQueueOptions & Pick<OutcomesOptions, 'lockMs'>;

/**
 * Everything that a campaign app needs, over one connection to Redis. The connection opens with the first request, and
 * consumers and event readers open further ones.
 *
 * ```ts
 * await using outdial = new Outdial({ redis: 'redis://127.0.0.1:6379' });
 * ```
 */
export class Outdial implements AsyncDisposable {
  /** Enqueues call jobs and manages them. */
  readonly queue: CallQueue;
  /** One result for each job of the results queue. */
  readonly results: CallResults;
  /** One ended record for each answered call of the results queue. */
  readonly endedRecords: CallEndedRecords;
  /** Lists and finds calls. */
  readonly calls: CallList;
  /** The progress of all calls. */
  readonly events: CallEvents;
  readonly #access: RedisAccess;
  readonly #audit: CallAudit;

  /** Throws `INVALID_CONFIGURATION` for an invalid `resultsQueue`. */
  constructor(options: OutdialOptions) {
    this.#access = new RedisAccess(options);
    const shared = { ...options, redis: this.#access.client };
    this.queue = new CallQueue(shared);
    this.results = new CallResults(shared);
    this.endedRecords = new CallEndedRecords(shared);
    this.calls = new CallList(shared);
    this.events = new CallEvents(shared);
    this.#audit = new CallAudit(shared);
  }

  /** A channel, for one call at a time. It needs no closing of its own. */
  channel(options: Pick<CallChannelOptions, 'pollMs'> = {}): CallChannel {
    return new CallChannel({ queue: this.queue, events: this.events, ...options });
  }

  /**
   * The results of these jobs, each once and as soon as it is there; those that are there already come first. Nothing is
   * taken from the results queue, so any number of processes may wait for the same jobs. Ends after the last one. Rejects
   * with `JOB_NOT_FOUND` for a job that is not known, and with `QUEUE_UNAVAILABLE` when Redis does not answer at first; a
   * Redis that goes away later is waited for.
   */
  resultsOf(
    jobIds: Iterable<string>,
    options?: ResultsOfOptions,
  ): AsyncGenerator<CallResult, void, undefined> {
    return resultsOf(jobIds, { queue: this.queue, events: this.events }, options);
  }

  /** Finds every job that breaks a promise. It only reads. Rejects with `QUEUE_UNAVAILABLE`. */
  audit(options?: AuditRunOptions): Promise<AuditReport> {
    return this.#audit.run(options);
  }

  /** Ends consumers, loops and watches, and closes what was opened; a connection of the app's own stays open. */
  async close(): Promise<void> {
    await Promise.all([this.results.close(), this.endedRecords.close(), this.events.close()]);
    await Promise.all([this.queue.close(), this.calls.close(), this.#audit.close()]);
    await this.#access.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

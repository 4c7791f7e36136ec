import { type CallResult, endedRecordOf, type Whereabouts } from '@outdial/contract';
import { type LedgerEntry, UnreadableEntryError } from '@outdial/ledger';
import type { Telephony } from '@outdial/telephony';
import { fail, withSpan } from '@outdial/tracing';
import type { Logger } from 'pino';
import { sharedAbortController } from '../lifecycle/shared-abort-controller.js';
import { endAndPublish, type OutcomeServices, settleAndPublish } from '../outcomes/settle-and-publish.js';
import { lossOf, lostLegs, lostRecordings, lostResult } from './lost-result.js';
import type { Membership } from './membership.js';

/** Calls wait under this prefix and their drachtio's address for a worker that has it; no worker's id starts so. */
const WAITING_FOR = 'waiting-for:';

export interface TakeoverServices extends OutcomeServices {
  telephony: Telephony;
  logger: Logger;
  membership: Pick<Membership, 'workerId' | 'isInTouch'>;
}

/**
 * Looks for workers whose heartbeat has stopped, takes their calls over, releases what is still up of them
 * and publishes their outcomes. Several workers may look at once: the ledger gives each call to one.
 */
export class Takeover {
  readonly #services: TakeoverServices;
  readonly #settling = new Map<string, Promise<void>>();
  readonly #closing = sharedAbortController();

  constructor(services: TakeoverServices) {
    this.#services = services;
  }

  /** Looks for lost workers once; their calls are settled in the background. */
  async sweep(): Promise<void> {
    const { ledger, logger, membership } = this.#services;
    const { workerId } = membership;
    for (const lostWorkerId of await ledger.lostWorkers()) {
      // After an outage of Redis every worker looks lost until its heartbeat has arrived again.
      if (lostWorkerId === workerId || !membership.isInTouch() || this.#isElsewhere(lostWorkerId)) continue;
      const entries = await ledger.takeOver(lostWorkerId, workerId);
      logger.warn({ lostWorkerId, calls: entries.length }, 'worker lost; its calls are taken over');
      this.#begin(entries);
    }
  }

  /** Settles calls on this worker's own list that it does not hold: taken over and not settled yet, or lost by a defect. */
  async resume(jobIds: readonly string[]): Promise<void> {
    for (const jobId of jobIds) {
      const entry = this.#settling.has(jobId) ? null : await this.#readOwn(jobId);
      if (entry !== null) this.#begin([entry]);
    }
  }

  /** Settles a call of this worker that it lost by a defect, as it would settle another worker's. */
  async adopt(jobId: string): Promise<void> {
    const entry = await this.#readOwn(jobId);
    if (entry !== null) await this.#settle(entry);
  }

  /** Stops releasing calls: they stay on this worker's list, for the next worker that takes them over. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#settling.values());
  }

  /** The entry of a call that is still this worker's to release. */
  async #readOwn(jobId: string): Promise<LedgerEntry | null> {
    const { ledger, logger, membership } = this.#services;
    try {
      const entry = await ledger.get(jobId);
      return entry?.workerId === membership.workerId && !entry.isReleased ? entry : null;
    } catch (error) {
      if (!(error instanceof UnreadableEntryError)) throw error;
      logger.error(
        { err: error, jobId },
        'ledger entry unreadable; its call is not settled (see `outdial audit`)',
      );
      return null;
    }
  }

  #begin(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      if (this.#settling.has(entry.jobId) || this.#closing.signal.aborted) continue;
      const settling = this.#settle(entry)
        .catch((error) => {
          const { logger } = this.#services;
          logger.error(
            { err: error, jobId: entry.jobId },
            'settling a lost call failed; it will be repeated',
          );
        })
        .finally(() => this.#settling.delete(entry.jobId));
      this.#settling.set(entry.jobId, settling);
    }
  }

  /** Within a span of the call's trace: that of the worker which was lost has gone with it. */
  async #settle(entry: LedgerEntry): Promise<void> {
    const { jobId, token, job, takenFrom } = entry;
    if (token === null) return;
    const attributes = () => ({
      'messaging.message.id': jobId,
      'messaging.client.id': this.#services.membership.workerId,
      ...(takenFrom !== null && { 'outdial.taken_from': takenFrom }),
    });
    const options = { parent: job?.traceContext ?? null, attributes };
    await withSpan('settle lost call', options, (span) => {
      fail(span, lossOf(entry).code);
      return this.#releaseAndPublish(entry, token);
    });
  }

  /** The release and the outcomes do not wait for each other: drachtio or Redis may be down. */
  async #releaseAndPublish(entry: LedgerEntry, token: string): Promise<void> {
    const { jobId } = entry;
    const legs = entry.legs.filter(isReleasable);
    const [isOurs, ...releases] = await Promise.all([
      this.#publish(entry, token),
      ...legs.map((leg) => this.#release(jobId, leg)),
    ]);
    if (!isOurs || releases.includes('stopped')) return;
    const { ledger, metrics } = this.#services;
    const elsewhere = legs.filter((_, index) => releases[index] === 'elsewhere');
    if (elsewhere[0] !== undefined) {
      // The others are over: who has this one's drachtio need not have theirs.
      await ledger.record(jobId, token, { legs: elsewhere });
      await ledger.leave(jobId, token, `${WAITING_FOR}${elsewhere[0].drachtio}`);
      return;
    }
    await ledger.release(jobId, token);
    metrics.callsTakenOver.inc();
  }

  /** Its result, and its ended record if it was answered. Resolves with false when another worker has the call. */
  async #publish(entry: LedgerEntry, token: string): Promise<boolean> {
    const result = await this.#publishResult(entry, token);
    if (result === null) return false;
    if (result.timings.answeredAt !== undefined && entry.ended === null)
      await this.#publishEnd(entry, token, result);
    return true;
  }

  /** Resolves with the result that stands for the call; null: another worker has the call. */
  async #publishResult(entry: LedgerEntry, token: string): Promise<CallResult | null> {
    const { outbox, membership } = this.#services;
    if (entry.result === null)
      return settleAndPublish(this.#services, lostResult(entry, membership.workerId), { token });
    if (!entry.isResultPublished) await outbox.publishResult(entry.result);
    return entry.result;
  }

  async #publishEnd(entry: LedgerEntry, token: string, result: CallResult): Promise<void> {
    const { workerId } = this.#services.membership;
    const ended = endedRecordOf(
      { ...result, workerId },
      { endedAt: Date.now(), endedBy: 'WORKER_LOST', cause: 'ERROR', error: lossOf(entry) },
      { recordings: lostRecordings(entry), legs: lostLegs(entry) },
    );
    await endAndPublish(this.#services, ended, { token, update: { isOver: false } });
  }

  /** `stopped`: the next taker has to release it. `elsewhere`: only a worker that has its drachtio can. */
  async #release(jobId: string, whereabouts: Whereabouts): Promise<'over' | 'stopped' | 'elsewhere'> {
    const { logger, telephony } = this.#services;
    const report = await telephony.release(whereabouts, this.#closing.signal);
    logger.info({ jobId, callId: whereabouts.callId, ...report }, 'release of a leg of a lost call ended');
    if (report.leg === 'elsewhere') return 'elsewhere';
    return report.leg === 'stopped' || report.endpoint === 'stopped' ? 'stopped' : 'over';
  }

  /** Whether these calls wait for workers that have another drachtio than this one has. */
  #isElsewhere(lostWorkerId: string): boolean {
    return (
      lostWorkerId.startsWith(WAITING_FOR) &&
      !this.#services.telephony.has(lostWorkerId.slice(WAITING_FOR.length))
    );
  }
}

/** Whether it is known where the leg lives: otherwise no INVITE left. */
function isReleasable(whereabouts: Partial<Whereabouts>): whereabouts is Whereabouts {
  return whereabouts.callId !== undefined && whereabouts.drachtio !== undefined;
}

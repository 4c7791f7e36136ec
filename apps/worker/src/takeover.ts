import type { CallResult } from '@outdial/contract';
import {
  draftEnded,
  draftResult,
  type Ledger,
  type LedgerEntry,
  type Outbox,
  UnreadableEntryError,
} from '@outdial/ledger';
import type { Telephony } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { Membership } from './membership.js';
import type { Metrics } from './metrics.js';
import { publishEnded, publishSettled } from './standing-outcome.js';
import { releasableWhereabouts } from './whereabouts.js';

/** In whose name calls wait for a worker that has their drachtio; no worker's id starts so. */
const HEIR = 'whoever-has:';

export interface TakeoverServices {
  ledger: Ledger;
  outbox: Outbox;
  telephony: Telephony;
  logger: Logger;
  metrics: Metrics;
  membership: Pick<Membership, 'workerId' | 'isInTouch'>;
}

/**
 * Looks for workers whose heartbeat has stopped, takes their calls over, releases what is still up of them
 * and publishes their outcomes. Several workers may look at once: the ledger gives each call to one.
 */
export class Takeover {
  readonly #services: TakeoverServices;
  readonly #settling = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(services: TakeoverServices) {
    this.#services = services;
  }

  /** One look for lost workers; their calls are settled in the background. */
  async sweep(): Promise<void> {
    const { ledger, logger, membership } = this.#services;
    const { workerId } = membership;
    for (const lostWorkerId of await ledger.lostWorkers()) {
      // After an outage of Redis everybody looks lost until everybody's heartbeat is through again.
      if (lostWorkerId === workerId || !membership.isInTouch() || this.#isElsewhere(lostWorkerId)) continue;
      const entries = await ledger.takeOver(lostWorkerId, workerId);
      logger.warn({ lostWorkerId, calls: entries.length }, 'a worker is lost; its calls are taken over');
      this.#begin(entries);
    }
  }

  /**
   * Settles calls on this worker's own list that nothing here holds: taken over and not settled yet, or taken over without
   * ever hearing of it, or lost hold of.
   */
  async resume(jobIds: readonly string[]): Promise<void> {
    for (const jobId of jobIds) {
      const entry = this.#settling.has(jobId) ? null : await this.#readOwn(jobId);
      if (entry !== null) this.#begin([entry]);
    }
  }

  /** Settles a call of this very worker that it lost hold of, by a defect, as it would another's. */
  async adopt(jobId: string): Promise<void> {
    const entry = await this.#readOwn(jobId);
    if (entry !== null) await this.#settle(entry);
  }

  /** Lets go of calls that are still to be released: they stay on this worker's list, for the next taker. */
  async stop(): Promise<void> {
    this.#stop.abort();
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
      logger.error({ err: error, jobId }, 'a call cannot be settled: see `outdial audit`');
      return null;
    }
  }

  #begin(entries: readonly LedgerEntry[]): void {
    for (const entry of entries) {
      if (this.#settling.has(entry.jobId) || this.#stop.signal.aborted) continue;
      const settling = this.#settle(entry)
        .catch((error) => {
          const { logger } = this.#services;
          logger.error(
            { err: error, jobId: entry.jobId },
            'a lost call could not be settled; it is tried again',
          );
        })
        .finally(() => this.#settling.delete(entry.jobId));
      this.#settling.set(entry.jobId, settling);
    }
  }

  /** The release and the outcomes wait for nobody: neither a switch that is down nor Redis delays the other. */
  async #settle(entry: LedgerEntry): Promise<void> {
    const { jobId, token } = entry;
    if (token === null) return;
    const [isOurs, release] = await Promise.all([this.#publish(entry, token), this.#release(entry)]);
    if (!isOurs || release === 'stopped') return;
    const { ledger, metrics } = this.#services;
    if (release === 'elsewhere') {
      await ledger.leave(jobId, token, `${HEIR}${entry.whereabouts.drachtio ?? ''}`);
      return;
    }
    await ledger.release(jobId, token);
    metrics.callsTakenOver.inc();
  }

  /** Its result, and its ended record if it was answered. False when the call is another worker's by now. */
  async #publish(entry: LedgerEntry, token: string): Promise<boolean> {
    const result = await this.#publishResult(entry, token);
    if (result === null) return false;
    if (result.timings.answeredAt !== undefined && entry.ended === null)
      await this.#publishEnd(entry, token, result);
    return true;
  }

  /** The result that stands for the call now, or null when the call is another worker's by now. */
  async #publishResult(entry: LedgerEntry, token: string): Promise<CallResult | null> {
    const { ledger, outbox, membership } = this.#services;
    const { workerId } = membership;
    const { jobId } = entry;
    if (entry.result !== null) {
      if (!entry.isResultPublished) await outbox.publishResult(entry.result);
      return entry.result;
    }
    const result = lostResult(entry, workerId);
    const event = { jobId, callId: result.callId, workerId, at: Date.now(), type: 'result' as const, result };
    const answer = await ledger.settle(jobId, token, result, { events: [event] });
    return publishSettled(this.#services, answer, result);
  }

  async #publishEnd(entry: LedgerEntry, token: string, result: CallResult): Promise<void> {
    const { ledger, membership } = this.#services;
    const { workerId } = membership;
    const { jobId } = entry;
    const ended = {
      ...draftEnded(result, {
        endedAt: Date.now(),
        endedBy: 'WORKER_LOST',
        cause: 'ERROR',
        error: lossOf(entry),
      }),
      workerId,
    };
    const event = { jobId, callId: ended.callId, workerId, at: Date.now(), type: 'ended' as const, ended };
    const answer = await ledger.end(jobId, token, ended, { events: [event], isOver: false });
    await publishEnded(this.#services, answer, ended);
  }

  /** `stopped`: it is the next taker's to release. `elsewhere`: only a worker that has its drachtio can. */
  async #release({ jobId, whereabouts: known }: LedgerEntry): Promise<'over' | 'stopped' | 'elsewhere'> {
    const whereabouts = releasableWhereabouts(known);
    if (whereabouts === null) return 'over';
    const { logger, telephony } = this.#services;
    const report = await telephony.release(whereabouts, this.#stop.signal);
    logger.info({ jobId, callId: whereabouts.callId, ...report }, 'what became of a lost call');
    if (report.leg === 'elsewhere') return 'elsewhere';
    return report.leg === 'stopped' || report.endpoint === 'stopped' ? 'stopped' : 'over';
  }

  /** Whether these calls were left to workers that have another drachtio than this one has. */
  #isElsewhere(lostWorkerId: string): boolean {
    return lostWorkerId.startsWith(HEIR) && !this.#services.telephony.has(lostWorkerId.slice(HEIR.length));
  }
}

/** The result of a call whose worker was lost before it had one: what is known, and that. */
function lostResult(entry: LedgerEntry, workerId: string): CallResult {
  const job = entry.job ?? { id: entry.jobId, callTo: '', lane: '', metadata: {} };
  return {
    ...draftResult(job, workerId),
    ...entry.facts,
    workerId,
    callId: entry.whereabouts.callId ?? null,
    trunk: entry.whereabouts.trunk ?? null,
    timings: { ...entry.facts.timings, endedAt: Date.now() },
    state: 'ERROR',
    cause: 'ERROR',
    error: lossOf(entry),
  };
}

function lossOf({ takenFrom }: LedgerEntry): NonNullable<CallResult['error']> {
  return takenFrom === null
    ? { code: 'INTERNAL', message: 'the call failed inside its worker' }
    : { code: 'WORKER_LOST', message: `worker ${takenFrom} was lost during the call` };
}

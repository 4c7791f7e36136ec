import { setTimeout as delay } from 'node:timers/promises';
import type { CallResult } from '@outdial/contract';
import { draftEnded, draftResult, type Ledger, type LedgerEntry, type Outbox } from '@outdial/ledger';
import type { ReleaseReport, Telephony } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';
import { releasableWhereabouts } from './whereabouts.js';

/** Between two tries to release a call whose switch is down, or whose leg cannot be found yet. */
const RELEASE_PAUSE_MS = 1000;
/** A switch that is down for so long has lost its calls. */
const UNREACHABLE_MS = 60_000;
/**
 * When a worker is lost just between sending an INVITE and learning its transaction id, nobody can cancel it;
 * but once it is answered, the dialog is found by Call-ID. So the leg is looked for as long as it may ring:
 * drachtio ends an INVITE without a final response after 185 s (RFC 3261, section 16.6, timer C).
 */
const BLIND_MS = 190_000;

export interface TakeoverServices {
  ledger: Ledger;
  outbox: Outbox;
  telephony: Telephony;
  logger: Logger;
  metrics: Metrics;
  workerId: string;
}

/**
 * Looks for workers whose heartbeat has stopped, takes their calls over, releases what is still up of them
 * and publishes their outcomes. Several workers may look at once: the ledger gives each call to one.
 */
export class Takeover {
  readonly #services: TakeoverServices;
  readonly #settling = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(services: TakeoverServices) {
    this.#services = services;
  }

  /** One look; calls that it finds are settled in the background. */
  async sweep(): Promise<void> {
    const { ledger, logger, workerId } = this.#services;
    for (const lostWorkerId of await ledger.lostWorkers()) {
      if (lostWorkerId === workerId) continue;
      const entries = await ledger.takeOver(lostWorkerId, workerId);
      logger.warn({ lostWorkerId, calls: entries.length }, 'a worker is lost; its calls are taken over');
      for (const entry of entries) this.#start(entry);
    }
  }

  /** Lets go of calls that are still to be released: they stay on this worker's list, for the next taker. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#settling);
  }

  #start(entry: LedgerEntry): void {
    const settling = this.#settle(entry)
      .catch((error) => {
        // It stays on this worker's list in the ledger; when this worker is gone too, another takes it.
        this.#services.logger.error(
          { err: error, jobId: entry.jobId },
          'a call that was taken over could not be settled',
        );
      })
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  async #settle(entry: LedgerEntry): Promise<void> {
    const { ledger, outbox, logger, metrics, workerId } = this.#services;
    const { jobId, token } = entry;
    if (token === null) return;
    const released = this.#release(entry);

    const result = entry.result ?? lostResult(entry, workerId);
    const event = { jobId, callId: result.callId, workerId, at: Date.now(), type: 'result' as const, result };
    const answer = await ledger.settle(jobId, token, result, {
      events: entry.result === null ? [event] : [],
    });
    if (answer.kind === 'lost' || answer.kind === 'held') return;
    const standing = answer.kind === 'already' ? answer.result : result;
    if (!entry.isResultPublished) await outbox.publishResult(standing);
    if (answer.kind === 'settled') metrics.resultPublished(standing);

    const report = await released;
    logger.info({ jobId, callId: result.callId, ...report }, 'a lost call was released');
    metrics.callsTakenOver.inc();
    if (standing.timings.answeredAt === undefined) {
      await ledger.release(jobId, token);
      return;
    }
    const ended = draftEnded(standing, {
      endedAt: Date.now(),
      endedBy: 'WORKER_LOST',
      cause: 'ERROR',
      error: { code: 'WORKER_LOST', message: `worker ${entry.takenFrom} was lost` },
    });
    await ledger.end(jobId, token, ended, {
      events: [{ jobId, callId: ended.callId, workerId, at: Date.now(), type: 'ended', ended }],
    });
    await outbox.publishEnded(ended);
    metrics.callEnded(ended);
  }

  async #release(entry: LedgerEntry): Promise<ReleaseReport | null> {
    const whereabouts = releasableWhereabouts(entry.whereabouts);
    if (whereabouts === null) return null;
    const { stackTxnId, stackDialogId } = whereabouts;
    const isBlind = stackTxnId === undefined && stackDialogId === undefined;
    for (const startedAt = performance.now(); ; ) {
      const report = await this.#services.telephony.release(whereabouts);
      const elapsedMs = performance.now() - startedAt;
      const isUnreachable = report.leg === 'unreachable' || report.endpoint === 'unreachable';
      const isHidden = isBlind && report.leg === 'gone';
      if (!(isUnreachable && elapsedMs < UNREACHABLE_MS) && !(isHidden && elapsedMs < BLIND_MS))
        return report;
      await delay(RELEASE_PAUSE_MS, undefined, { signal: this.#stop.signal });
    }
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
    error: { code: 'WORKER_LOST', message: `worker ${entry.takenFrom} was lost during the call` },
  };
}

import { setTimeout as delay } from 'node:timers/promises';
import type { CallResult } from '@outdial/contract';
import { draftEnded, draftResult, type Ledger, type LedgerEntry, type Outbox } from '@outdial/ledger';
import type { Telephony } from '@outdial/telephony';
import type { Logger } from 'pino';
import type { Membership } from './membership.js';
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
      if (lostWorkerId === workerId || !membership.isInTouch()) continue;
      const entries = await ledger.takeOver(lostWorkerId, workerId);
      logger.warn({ lostWorkerId, calls: entries.length }, 'a worker is lost; its calls are taken over');
      this.#begin(entries);
    }
  }

  /** Takes up again what was taken over and could not be settled, or whose taking was not answered. */
  async resume(): Promise<void> {
    const { ledger, membership } = this.#services;
    this.#begin(await ledger.takenOver(membership.workerId));
  }

  /** Settles a call of this very worker that it lost hold of, by a defect, as it would another's. */
  async adopt(jobId: string): Promise<void> {
    const entry = await this.#services.ledger.get(jobId);
    if (entry !== null && !entry.isReleased) await this.#settle(entry);
  }

  /** Lets go of calls that are still to be released: they stay on this worker's list, for the next taker. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#settling.values());
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

  /** The release and the result wait for nobody: neither a switch that is down nor Redis delays the other. */
  async #settle(entry: LedgerEntry): Promise<void> {
    const { jobId, token } = entry;
    if (token === null) return;
    const [standing, isReleased] = await Promise.all([this.#publish(entry, token), this.#release(entry)]);
    if (standing === null || !isReleased) return;
    if (standing.timings.answeredAt === undefined) await this.#services.ledger.release(jobId, token);
    else await this.#end(entry, token, standing);
    this.#services.metrics.callsTakenOver.inc();
  }

  /** The result that stands for the call now, or null when the call is another worker's by now. */
  async #publish(entry: LedgerEntry, token: string): Promise<CallResult | null> {
    const { ledger, outbox, metrics, membership } = this.#services;
    const { workerId } = membership;
    const { jobId } = entry;
    if (entry.result !== null) {
      if (!entry.isResultPublished) await outbox.publishResult(entry.result);
      return entry.result;
    }
    const result = lostResult(entry, workerId);
    const event = { jobId, callId: result.callId, workerId, at: Date.now(), type: 'result' as const, result };
    const answer = await ledger.settle(jobId, token, result, { events: [event] });
    if (answer.kind === 'lost' || answer.kind === 'held') return null;
    const standing = answer.kind === 'already' ? answer.result : result;
    await outbox.publishResult(standing);
    if (answer.kind === 'settled') metrics.resultPublished(standing);
    return standing;
  }

  async #end(entry: LedgerEntry, token: string, result: CallResult): Promise<void> {
    const { ledger, outbox, metrics, membership } = this.#services;
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
    const answer = await ledger.end(jobId, token, ended, { events: [event] });
    if (answer.kind === 'lost' || answer.kind === 'unsettled') return;
    await outbox.publishEnded(answer.kind === 'already' ? answer.ended : ended);
    if (answer.kind === 'ended') metrics.callEnded(ended);
  }

  /** False when it was stopped first: the call is then the next taker's to release. */
  async #release({ jobId, whereabouts: known }: LedgerEntry): Promise<boolean> {
    const whereabouts = releasableWhereabouts(known);
    if (whereabouts === null) return true;
    const isBlind = whereabouts.stackTxnId === undefined && whereabouts.stackDialogId === undefined;
    const startedAt = performance.now();
    while (!this.#stop.signal.aborted) {
      const report = await this.#services.telephony.release(whereabouts);
      const elapsedMs = performance.now() - startedAt;
      const isUnreachable = report.leg === 'unreachable' || report.endpoint === 'unreachable';
      const mayAppear = isBlind && report.leg === 'gone';
      if (!(isUnreachable && elapsedMs < UNREACHABLE_MS) && !(mayAppear && elapsedMs < BLIND_MS)) {
        this.#services.logger.info(
          { jobId, callId: whereabouts.callId, ...report },
          'a lost call was released',
        );
        return true;
      }
      await delay(RELEASE_PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    return false;
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

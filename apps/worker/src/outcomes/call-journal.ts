import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { CallEvent, CallResult, EndedRecord, RecordingReport, Whereabouts } from '@outdial/contract';
import type { CallFacts, ClaimRequest, LegSoFar, LivePhase } from '@outdial/ledger';
import { retryUntilWritten } from '../redis/retry-until-written.js';
import { RecordedParts } from './recorded-parts.js';
import { endAndPublish, settleAndPublish } from './settle-and-publish.js';
import type { SettlementServices } from './settlement.js';

export interface JournalUpdate {
  phase?: LivePhase;
  event: CallEvent;
}

/** What the journal needs to know of its call. */
export interface JournalledCall {
  /** As it was made, without its legs. */
  claim: Omit<ClaimRequest, 'legs'> & { token: string };
  factsNow: () => CallFacts;
  recordingsNow: () => RecordingReport[];
  /** What has become of its legs beside the callee's. */
  legReportsNow: () => LegSoFar[];
  /** Where its legs live. */
  legsNow: () => Whereabouts[];
  /** Whether nothing of it is up, as far as is known. */
  isGone: () => boolean;
  onClaimLost: () => void;
}

export type JournalServices = SettlementServices;

/** Between two attempts to claim a call again while this worker has no lease. */
const CLAIM_AGAIN_MS = 300;

/** What waits to be written: everything that was recorded while the previous step was under way. */
interface PendingUpdate {
  phase?: LivePhase;
  events: CallEvent[];
}

/**
 * Writes one call into the ledger, in order and each thing once, and publishes its outcomes. While Redis is slow or away
 * the call goes on, and what happens meanwhile is written in one step. What Redis lost of the call is written again.
 */
export class CallJournal {
  readonly #services: JournalServices;
  readonly #call: JournalledCall;
  #pending: PendingUpdate = { events: [] };
  #isFlushDue = false;
  #isOurs = true;
  /** The steps that recorded its outcomes, to be repeated if Redis loses them. */
  readonly #outcomes: Array<() => Promise<unknown>> = [];
  /** Whether the ledger has been told that nothing of the call is up, with an outcome or by itself. */
  #isReleaseWritten = false;
  #tail: Promise<void> = Promise.resolve();
  readonly #parts: RecordedParts;

  constructor(services: JournalServices, call: JournalledCall) {
    this.#services = services;
    this.#call = call;
    this.#parts = new RecordedParts(() => ({
      legs: call.legsNow(),
      recordings: call.recordingsNow(),
      legReports: call.legReportsNow(),
    }));
  }

  /** False once this worker does not own the call: nothing more is written of it. */
  get isOurs(): boolean {
    return this.#isOurs;
  }

  record({ event, phase }: JournalUpdate): void {
    if (phase !== undefined) this.#pending.phase = phase;
    this.#pending.events.push(event);
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    void this.#enqueue('record', () => this.#flush());
  }

  /**
   * Asks for the right to dial a further leg, the last of the call's: resolves with whether it may be dialled. Without an answer
   * of Redis it may not.
   */
  async claimLeg(): Promise<boolean> {
    let isClaimed = false;
    await this.#enqueue('claim a leg', async () => {
      const { legsNow, legReportsNow } = this.#call;
      const { jobId, token } = this.#call.claim;
      this.#parts.forget();
      const step = () => this.#services.ledger.claimLeg(jobId, token, legsNow(), legReportsNow());
      const answer = await this.#takeStep('claim a leg', step, (given) => given === 'lost');
      isClaimed = answer === 'claimed';
      if (answer === 'lost') this.#lose();
    });
    return isClaimed;
  }

  /** Records and publishes the result, which is built in its turn: what it tells may be known a moment later. */
  settle(build: () => Promise<CallResult>): void {
    const at = Date.now();
    void this.#enqueue('settle', async () => {
      const result = await build();
      const { events } = this.#takePending();
      // The end of an answered call is still to come.
      const isOver = this.#call.isGone() && result.timings.answeredAt === undefined;
      this.#isReleaseWritten = isOver;
      this.#parts.forget();
      const standing = await settleAndPublish(this.#services, result, {
        token: this.#call.claim.token,
        update: { legs: this.#call.legsNow(), events, isOver },
        at,
        record: (step) => this.#recordOutcome('settle', step, ({ kind }) => kind === 'lost'),
        publish: (step) => this.#retry('publish the result', step),
      });
      if (standing === null) this.#lose();
    });
  }

  /** Records and publishes the ended record, which is built in its turn: what it tells may be known a moment later. */
  end(build: () => Promise<EndedRecord>): void {
    const at = Date.now();
    void this.#enqueue('end', async () => {
      const ended = await build();
      const { events } = this.#takePending();
      const isOver = this.#call.isGone();
      this.#isReleaseWritten = isOver;
      const standing = await endAndPublish(this.#services, ended, {
        token: this.#call.claim.token,
        update: { events, isOver },
        at,
        record: (step) =>
          this.#recordOutcome('end', step, ({ kind }) => kind === 'lost' || kind === 'unsettled'),
        publish: (step) => this.#retry('publish the ended record', step),
      });
      if (standing === null) this.#lose();
    });
  }

  /** Nothing of the call is up: it leaves this worker. To be called after its outcomes are recorded. */
  release(): void {
    void this.#enqueue('release', async () => {
      if (this.#isReleaseWritten) return;
      this.#isReleaseWritten = true;
      const { jobId, token } = this.#call.claim;
      const step = () => this.#services.ledger.release(jobId, token);
      const answer = await this.#takeStep('release', step, (given) => given !== 'released');
      if (answer === 'lost') this.#lose();
    });
  }

  /** Makes sure that the ledger lists the call as this worker's: Redis may have lost that. */
  confirm(): void {
    void this.#enqueue('confirm', async () => {
      if (!(await this.#restore())) this.#lose();
    });
  }

  /** From now on nothing is written: another worker owns the call. */
  abandon(): void {
    this.#isOurs = false;
  }

  /** Resolves when all that was asked for has been written and published. */
  async written(): Promise<void> {
    await this.#tail;
  }

  async #flush(): Promise<void> {
    const { events, phase } = this.#takePending();
    if (events.length === 0) return;
    const { jobId, token } = this.#call.claim;
    const facts = this.#call.factsNow();
    const step = async () => {
      const { parts, recorded } = this.#parts.changed();
      const answer = await this.#services.ledger.record(jobId, token, { phase, facts, events, ...parts });
      if (answer === 'recorded') recorded();
      return answer;
    };
    if ((await this.#takeStep('record', step, (answer) => answer === 'lost')) === 'lost') this.#lose();
  }

  #takePending(): PendingUpdate {
    const pending = this.#pending;
    this.#pending = { events: [] };
    this.#isFlushDue = false;
    return pending;
  }

  /** Resolves when the step was taken, or could not be. */
  #enqueue(what: string, step: () => Promise<void>): Promise<void> {
    this.#tail = this.#tail
      // After this turn of the event loop: of deadlines that fall together all are kept before any is written down.
      .then(() => nextTurn())
      .then(() => (this.#isOurs ? step() : undefined))
      .catch((error) => this.#services.logger.error({ err: error, step: what }, 'call journal step failed'));
    return this.#tail;
  }

  async #recordOutcome<T>(what: string, step: () => Promise<T>, isLost: (answer: T) => boolean): Promise<T> {
    const answer = await this.#takeStep(what, step, isLost);
    this.#outcomes.push(step);
    return answer;
  }

  /** Takes a step; and once more when it fails because Redis has lost what was written before it. */
  async #takeStep<T>(what: string, step: () => Promise<T>, isLost: (answer: T) => boolean): Promise<T> {
    const answer = await this.#retry(what, step);
    return isLost(answer) && (await this.#restore()) ? this.#retry(what, step) : answer;
  }

  /**
   * Claims the call again under the same token, and repeats its outcomes: both change nothing that is still there. Resolves
   * with false when another worker has the call, or its outcome was recorded by another.
   */
  async #restore(): Promise<boolean> {
    const claim = () =>
      this.#services.ledger.claim({
        ...this.#call.claim,
        legs: this.#call.legsNow(),
      });
    let answer = await this.#retryWhileOurs('claim again', claim);
    // Redis was away, and no heartbeat has arrived yet. If the call was given to another worker, the heartbeat will say so.
    while (answer?.kind === 'workerLost') {
      await delay(CLAIM_AGAIN_MS);
      answer = await this.#retryWhileOurs('claim again', claim);
    }
    if (answer?.kind !== 'claimed') return false;
    this.#parts.forget();
    for (const outcome of this.#outcomes) await this.#retry('record an outcome again', outcome);
    return true;
  }

  /** A late attempt must not claim a call again that was given up meanwhile. */
  #retryWhileOurs<T>(what: string, step: () => Promise<T>): Promise<T | null> {
    return this.#retry(what, async () => (this.#isOurs ? step() : null));
  }

  #retry<T>(what: string, step: () => Promise<T>): Promise<T> {
    return retryUntilWritten(what, step, this.#services);
  }

  #lose(): void {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    this.#services.metrics.claimsLost.inc();
    this.#call.onClaimLost();
  }
}

import { randomUUID } from 'node:crypto';
import { type CallJob, type CallResult, OutdialError } from '@outdial/contract';
import { type ClaimAnswer, draftResult, type LedgerEntry, UnreadableEntryError } from '@outdial/ledger';
import type { PreparedDial } from '@outdial/telephony';
import type { Job } from 'bullmq';
import type { JournalServices } from './call-journal.js';
import { CallRunner, type ClaimedCall } from './call-runner.js';
import type { CallsUp } from './calls-up.js';
import type { DialPreparation } from './dial-preparation.js';
import { insist } from './insist.js';
import type { Membership } from './membership.js';
import { DialRetry, isPostponement, lookAgain, putBack } from './postponing.js';
import { Settlement } from './settlement.js';
import { draftUnreadable, jobIdOf, readCallJob } from './taken-job.js';
import type { Takeover } from './takeover.js';
import { knownWhereabouts } from './whereabouts.js';

/** A server's turn that came longer ago than this, in milliseconds, is over. */
const TURN_MS = 1000;

export interface JobHandlerServices extends JournalServices {
  calls: CallsUp;
  preparation: DialPreparation;
  takeover: Pick<Takeover, 'adopt'>;
  membership: Membership;
}

/**
 * Takes one call job from its lane to its result. BullMQ may hand a job out again, here or elsewhere, at any
 * time; whether it is dialled is decided by the ledger's claim alone.
 */
export class JobHandler {
  readonly #services: JobHandlerServices;
  readonly #settlement: Settlement;
  readonly #handling = new Set<Promise<void>>();
  readonly #draining = new AbortController();

  constructor(services: JobHandlerServices) {
    this.#services = services;
    this.#settlement = new Settlement(services);
  }

  /** From now on jobs that are not dialled yet go back to their lane. */
  drain(): void {
    this.#draining.abort();
    this.#services.preparation.stop();
  }

  get #isDraining(): boolean {
    return this.#draining.signal.aborted;
  }

  /** Resolves when every job that was handed over has its result, or is somebody else's to settle, and no call is up. */
  async settled(): Promise<void> {
    while (this.#handling.size > 0) await Promise.allSettled(this.#handling);
  }

  /**
   * BullMQ's processor: resolves when the job has its result, or somebody else will see to that. It rejects
   * only with BullMQ's words for "later": any other rejection could end the job without a result.
   */
  async handle(job: Job<unknown>, lane: string): Promise<void> {
    await this.#track(this.#take(job, lane));
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#handling.delete(tracked));
    this.#handling.add(tracked);
    return tracked;
  }

  async #take(job: Job<unknown>, lane: string): Promise<void> {
    this.#services.metrics.jobsTaken.inc({ lane });
    try {
      await this.#handle(job, lane);
    } catch (error) {
      if (isPostponement(error)) throw error;
      if (error instanceof UnreadableEntryError) {
        // Nobody can say whether it was dialled, nor write down a result.
        this.#services.logger.error(
          { err: error, jobId: job.id },
          'a job is passed over: see `outdial audit`',
        );
        return;
      }
      this.#services.logger.error(
        { err: error, jobId: job.id },
        'a job could not be handled; it is looked at again',
      );
      await lookAgain(job, this.#services.logger);
    }
  }

  async #handle(job: Job<unknown>, lane: string): Promise<void> {
    const jobId = jobIdOf(job, lane);
    if (this.#isDraining) return putBack(job, this.#services.logger);
    const entry = await this.#look(job, jobId);
    if (entry !== null && entry.result !== null) {
      if (!entry.isResultPublished) await this.#settlement.publishStanding(entry.result);
      return;
    }
    // Its holder is at it, or is lost and will be settled by a takeover.
    if (entry?.token) return lookAgain(job, this.#services.logger);

    const { workerId } = this.#services.membership;
    const callJob = readCallJob(job, jobId, lane);
    if (callJob instanceof OutdialError)
      return this.#settleUndialled(job, draftUnreadable(job, { jobId, lane, workerId }), callJob);
    const blank = draftResult(callJob, workerId);
    const refusal = await this.#refusal(job, callJob, entry);
    if (refusal !== null) return this.#settleUndialled(job, blank, refusal);

    let prepared: PreparedDial;
    try {
      prepared = await this.#services.preparation.prepare(callJob);
    } catch (error) {
      return this.#notDialled(job, blank, error);
    }
    await this.#claimAndRun(job, callJob, prepared);
  }

  /** What the ledger has on a job that was handed out before; a look at it spares the job an endpoint. */
  async #look(job: Job<unknown>, jobId: string): Promise<LedgerEntry | null> {
    if (job.attemptsStarted <= 1 && job.stalledCounter === 0) return null;
    return insist('look', this.#services.logger, () => this.#services.ledger.get(jobId));
  }

  /** Why a job is not dialled, whoever might be reached; null: nothing speaks against it. */
  async #refusal(
    job: Job<unknown>,
    { expiresAt }: CallJob,
    entry: LedgerEntry | null,
  ): Promise<OutdialError | null> {
    const { ledger, logger } = this.#services;
    const mayHaveForgotten = () => ledger.mayHaveForgotten(job.timestamp);
    // Whoever had it last never said what became of it, and the ledger, if it ever knew, may have forgotten.
    if (job.stalledCounter > 0 && entry === null && (await insist('look', logger, mayHaveForgotten))) {
      const message = 'it was handed out before, so long ago that nobody knows whether it was dialled';
      return new OutdialError('HISTORY_LOST', message);
    }
    if (expiresAt === undefined || expiresAt > Date.now()) return null;
    return new OutdialError('EXPIRED', `it expired at ${new Date(expiresAt).toISOString()}`);
  }

  async #claimAndRun(job: Job<unknown>, callJob: CallJob, prepared: PreparedDial): Promise<void> {
    // Before the claim, not after: a job that waits for its turn may still go back, or to another worker.
    await prepared.turn(this.#draining.signal);
    if (this.#isDraining) {
      await prepared.discard();
      return putBack(job, this.#services.logger);
    }
    const token = randomUUID();
    const work = () => this.#claimed(job, callJob, prepared, token);
    await this.#services.calls.underClaim(callJob.id, token, work);
  }

  async #claimed(job: Job<unknown>, callJob: CallJob, prepared: PreparedDial, token: string): Promise<void> {
    const { membership, logger } = this.#services;
    const { workerId } = membership;
    const answer = await this.#claim(callJob, prepared, token);
    const mayDial = () => this.#mayDial(callJob);
    if (answer.kind === 'claimed' && mayDial()) {
      const call = { job: callJob, prepared, token, workerId, enqueuedAt: job.timestamp, mayDial };
      const notSent = await this.#run(job, call);
      if (notSent === null) return;
      await this.#unclaim(callJob.id, token);
      return this.#notDialled(job, draftResult(callJob, workerId), notSent);
    }
    await prepared.discard();
    switch (answer.kind) {
      case 'claimed':
        await this.#unclaim(callJob.id, token);
        return this.#isDraining ? putBack(job, logger) : lookAgain(job, logger);
      case 'cancelled':
        return this.#settleUndialled(job, draftResult(callJob, workerId), null);
      case 'settled':
        if (!answer.isPublished) await this.#settlement.publishStanding(answer.result);
        return;
      // Its holder is at it, or is lost and will be settled by a takeover; or this worker has no lease just now.
      case 'held':
      case 'workerLost':
        return lookAgain(job, logger);
    }
  }

  async #claim(callJob: CallJob, prepared: PreparedDial, token: string): Promise<ClaimAnswer> {
    const { ledger, logger, membership } = this.#services;
    const request = {
      jobId: callJob.id,
      workerId: membership.workerId,
      job: callJob,
      whereabouts: knownWhereabouts(prepared.whereabouts),
      token,
    };
    const askedAt = performance.now();
    try {
      const answer = await insist('claim', logger, () => ledger.claim(request));
      // Redis was away, and whoever waited for it would now be dialled at one blow.
      const isTurnOver = performance.now() - askedAt > TURN_MS;
      if (answer.kind === 'claimed' && isTurnOver) await prepared.turn(this.#draining.signal);
      return answer;
    } catch (error) {
      await prepared.discard();
      throw error;
    }
  }

  /** The last look before the INVITE: a worker that was frozen may have been given up meanwhile. */
  #mayDial(callJob: CallJob): boolean {
    const isExpired = callJob.expiresAt !== undefined && callJob.expiresAt <= Date.now();
    return !this.#isDraining && !isExpired && this.#services.membership.isLeaseLive();
  }

  async #unclaim(jobId: string, token: string): Promise<void> {
    await insist('unclaim', this.#services.logger, () => this.#services.ledger.unclaim(jobId, token));
  }

  /** Resolves with why nobody was dialled, or null: the call has ended. */
  async #run(job: Job<unknown>, call: ClaimedCall): Promise<OutdialError | null> {
    const { calls, logger, takeover } = this.#services;
    const jobId = call.job.id;
    const runner = new CallRunner(call, this.#services);
    calls.add(jobId, runner);
    try {
      const notSent = await runner.run();
      if (notSent !== null) calls.remove(jobId);
      // The lane need not wait for the switch of a call that has ended.
      else void this.#track(runner.released().finally(() => calls.remove(jobId)));
      if (runner.isClaimLost) await this.#settleLost(job, call);
      return notSent;
    } catch (error) {
      if (isPostponement(error)) throw error;
      // A defect of ours. The claim is this worker's, so nobody else would ever settle the call.
      logger.error({ err: error, jobId }, 'a call failed inside this worker; it is released and settled');
      await insist('settle', logger, () => takeover.adopt(jobId));
      calls.remove(jobId);
      return null;
    }
  }

  /** A call that had to be hung up is another worker's to settle; or nobody's, where Redis has lost all that it had. */
  #settleLost(job: Job<unknown>, { job: callJob, prepared, workerId }: ClaimedCall): Promise<void> {
    const { callId, trunk } = prepared.whereabouts;
    const message = `worker ${workerId} was taken for lost during the call, which it hung up`;
    const blank = { ...draftResult(callJob, workerId), callId, trunk };
    return this.#settleUndialled(job, blank, new OutdialError('WORKER_LOST', message));
  }

  /** Nobody was dialled. What may pass is tried again, as often as the job's options say; the rest is its result. */
  async #notDialled(job: Job<unknown>, blank: CallResult, error: unknown): Promise<void> {
    if (this.#isDraining) return putBack(job, this.#services.logger);
    const failure =
      error instanceof OutdialError ? error : new OutdialError('INTERNAL', String(error), { cause: error });
    // A full trunk is no failure: the job waits for its turn, and that is no try.
    if (failure.retryable && failure.code === 'NO_TRUNK') return lookAgain(job, this.#services.logger);
    const attempts = job.opts.attempts ?? 1;
    if (failure.retryable && job.attemptsMade + 1 < attempts) {
      this.#services.metrics.dialsRetried.inc({ code: failure.code });
      throw new DialRetry(failure);
    }
    return this.#settleUndialled(job, blank, failure);
  }

  async #settleUndialled(job: Job<unknown>, blank: CallResult, error: OutdialError | null): Promise<void> {
    if (!(await this.#settlement.settle(blank, error))) await lookAgain(job, this.#services.logger);
  }
}

import { randomUUID } from 'node:crypto';
import { type CallJob, type CallResult, OutdialError } from '@outdial/contract';
import { draftResult } from '@outdial/ledger';
import type { PreparedDial, Telephony } from '@outdial/telephony';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { JournalServices } from './call-journal.js';
import { CallRunner, type ClaimedCall } from './call-runner.js';
import { insist } from './insist.js';
import type { Membership } from './membership.js';
import { draftUnreadable, jobIdOf, readCallJob } from './taken-job.js';
import { knownWhereabouts } from './whereabouts.js';

/** How long a job that cannot be claimed now waits in its lane before it is looked at again. */
const LOOK_AGAIN_MS = 2000;

export interface JobHandlerServices extends JournalServices {
  telephony: Telephony;
  membership: Membership;
}

/**
 * Takes one call job from its lane to its result. BullMQ may hand a job out again, here or elsewhere, at any
 * time; whether it is dialled is decided by the ledger's claim alone.
 */
export class JobHandler {
  readonly #services: JobHandlerServices;
  readonly #calls = new Map<string, CallRunner>();
  #isDraining = false;

  constructor(services: JobHandlerServices) {
    this.#services = services;
  }

  /** The calls up here, by job id. */
  get calls(): ReadonlyMap<string, CallRunner> {
    return this.#calls;
  }

  /** From now on jobs that are not dialled yet go back to their lane. */
  drain(): void {
    this.#isDraining = true;
  }

  /**
   * BullMQ's processor: resolves when the job has its result, or somebody else will see to that. It rejects
   * only with BullMQ's words for "later": any other rejection could end the job without a result.
   */
  async handle(job: Job<unknown>, lane: string): Promise<void> {
    this.#services.metrics.jobsTaken.inc({ lane });
    try {
      await this.#handle(job, lane);
    } catch (error) {
      if (error instanceof DelayedError || error instanceof WaitingError || error instanceof DialRetry)
        throw error;
      this.#services.logger.error(
        { err: error, jobId: job.id },
        'a job could not be handled; it is looked at again',
      );
      await this.#lookAgain(job);
    }
  }

  async #handle(job: Job<unknown>, lane: string): Promise<void> {
    const jobId = jobIdOf(job, lane);
    if (this.#isDraining) return this.#putBack(job);
    if (await this.#isAnswerKnown(job, jobId)) return;

    const { workerId } = this.#services.membership;
    const callJob = readCallJob(job, jobId);
    if (callJob instanceof OutdialError)
      return this.#settleUndialled(job, draftUnreadable(job, { jobId, lane, workerId }), callJob);
    const blank = draftResult(callJob, workerId);
    if (callJob.expiresAt !== undefined && callJob.expiresAt <= Date.now()) {
      const message = `it expired at ${new Date(callJob.expiresAt).toISOString()}`;
      return this.#settleUndialled(job, blank, new OutdialError('EXPIRED', message));
    }

    let prepared: PreparedDial;
    try {
      prepared = await this.#services.telephony.prepare({ ...callJob, jobId });
    } catch (error) {
      return this.#notDialled(job, blank, error);
    }
    await this.#claimAndRun(job, callJob, prepared);
  }

  /** For a job that was handed out before: a look at the ledger spares it an endpoint. */
  async #isAnswerKnown(job: Job<unknown>, jobId: string): Promise<boolean> {
    if (job.attemptsStarted <= 1 && job.stalledCounter === 0) return false;
    const { ledger, logger } = this.#services;
    const entry = await insist('look', logger, () => ledger.get(jobId));
    if (entry === null || entry.result === null) return false;
    await this.#publishStanding(entry.result, entry.isResultPublished);
    return true;
  }

  async #claimAndRun(job: Job<unknown>, callJob: CallJob, prepared: PreparedDial): Promise<void> {
    const { ledger, logger, membership } = this.#services;
    const token = randomUUID();
    const answer = await insist('claim', logger, () =>
      ledger.claim({
        jobId: callJob.id,
        workerId: membership.workerId,
        job: callJob,
        whereabouts: knownWhereabouts(prepared.whereabouts),
        token,
      }),
    );
    const mayDial = () => this.#mayDial(callJob);
    if (answer.kind === 'claimed' && mayDial()) {
      const { workerId } = membership;
      const notSent = await this.#run({
        job: callJob,
        prepared,
        token,
        workerId,
        enqueuedAt: job.timestamp,
        mayDial,
      });
      if (notSent === null) return;
      await this.#unclaim(callJob.id, token);
      return this.#notDialled(job, draftResult(callJob, workerId), notSent);
    }
    await prepared.discard();
    switch (answer.kind) {
      case 'claimed':
        await this.#unclaim(callJob.id, token);
        return this.#isDraining ? this.#putBack(job) : this.#lookAgain(job);
      case 'cancelled':
        return this.#settleUndialled(job, draftResult(callJob, membership.workerId), null);
      case 'settled':
        return this.#publishStanding(answer.result, answer.isPublished);
      // Its holder is at it, or is lost and will be settled by a takeover; or this worker has no lease just now.
      case 'held':
      case 'workerLost':
        return this.#lookAgain(job);
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

  async #run(call: ClaimedCall): Promise<OutdialError | null> {
    const { metrics } = this.#services;
    const runner = new CallRunner(call, this.#services);
    this.#calls.set(call.job.id, runner);
    metrics.callsUp.set(this.#calls.size);
    try {
      return await runner.run();
    } finally {
      this.#calls.delete(call.job.id);
      metrics.callsUp.set(this.#calls.size);
    }
  }

  /** Nobody was dialled. What may pass is tried again, as often as the job's options say; the rest is its result. */
  async #notDialled(job: Job<unknown>, blank: CallResult, error: unknown): Promise<void> {
    if (this.#isDraining) return this.#putBack(job);
    const failure =
      error instanceof OutdialError ? error : new OutdialError('INTERNAL', String(error), { cause: error });
    const attempts = job.opts.attempts ?? 1;
    if (failure.retryable && job.attemptsMade + 1 < attempts) {
      this.#services.metrics.dialsRetried.inc({ code: failure.code });
      throw new DialRetry(failure);
    }
    return this.#settleUndialled(job, blank, failure);
  }

  /** The outcome of a job that nobody was dialled for: `error`, or null for a cancelled one. */
  async #settleUndialled(job: Job<unknown>, blank: CallResult, error: OutdialError | null): Promise<void> {
    const { ledger, outbox, logger, metrics } = this.#services;
    const timings = { endedAt: Date.now() };
    const result: CallResult =
      error === null
        ? { ...blank, timings }
        : {
            ...blank,
            timings,
            state: 'ERROR',
            cause: 'ERROR',
            error: { code: error.code, message: error.message },
          };
    const { jobId, callId, workerId } = result;
    logger.info({ jobId, state: result.state, code: error?.code }, 'result, without a call');
    const answer = await insist('settle', logger, () =>
      ledger.settle(jobId, null, result, {
        events: [{ type: 'result', jobId, callId, workerId, at: Date.now(), result }],
      }),
    );
    if (answer.kind === 'settled') {
      await insist('publish', logger, () => outbox.publishResult(result));
      metrics.resultPublished(result);
    } else if (answer.kind === 'already') {
      await this.#publishStanding(answer.result, false);
    } else {
      // Whoever holds the claim may still give it back undialled.
      await this.#lookAgain(job);
    }
  }

  async #publishStanding(result: CallResult, isPublished: boolean): Promise<void> {
    if (!isPublished)
      await insist('publish', this.#services.logger, () => this.#services.outbox.publishResult(result));
  }

  async #lookAgain(job: Job<unknown>): Promise<never> {
    await job.moveToDelayed(Date.now() + LOOK_AGAIN_MS, job.token);
    throw new DelayedError();
  }

  async #putBack(job: Job<unknown>): Promise<never> {
    await job.moveToWait(job.token);
    throw new WaitingError();
  }
}

/** Tells BullMQ to try a job again after its back-off: nobody was dialled. */
class DialRetry extends Error {
  constructor(failure: OutdialError) {
    super(`${failure.code}: ${failure.message}`, { cause: failure });
  }
}

import { randomUUID } from 'node:crypto';
import { type CallJob, type CallResult, OutdialError } from '@outdial/contract';
import { draftResult, type LedgerEntry } from '@outdial/ledger';
import type { PreparedDial } from '@outdial/telephony';
import { DelayedError, type Job, WaitingError } from 'bullmq';
import type { JournalServices } from './call-journal.js';
import { CallRunner, type ClaimedCall } from './call-runner.js';
import type { DialPreparation } from './dial-preparation.js';
import { insist } from './insist.js';
import type { Membership } from './membership.js';
import { draftUnreadable, jobIdOf, readCallJob } from './taken-job.js';
import type { Takeover } from './takeover.js';
import { knownWhereabouts } from './whereabouts.js';

/** How long a job that cannot be claimed now waits in its lane before it is looked at again. */
const LOOK_AGAIN_MS = 2000;

export interface JobHandlerServices extends JournalServices {
  preparation: DialPreparation;
  takeover: Pick<Takeover, 'adopt'>;
  membership: Membership;
  /** How long the ledger remembers a call that is over. */
  memoryMs: number;
}

/**
 * Takes one call job from its lane to its result. BullMQ may hand a job out again, here or elsewhere, at any
 * time; whether it is dialled is decided by the ledger's claim alone.
 */
export class JobHandler {
  readonly #services: JobHandlerServices;
  readonly #calls = new Map<string, CallRunner>();
  readonly #handling = new Set<Promise<void>>();
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
    this.#services.preparation.stop();
  }

  /** Resolves when every job that was handed over has its result, or is somebody else's to settle. */
  async settled(): Promise<void> {
    while (this.#handling.size > 0) await Promise.allSettled(this.#handling);
  }

  /**
   * BullMQ's processor: resolves when the job has its result, or somebody else will see to that. It rejects
   * only with BullMQ's words for "later": any other rejection could end the job without a result.
   */
  async handle(job: Job<unknown>, lane: string): Promise<void> {
    const handling = this.#take(job, lane);
    this.#handling.add(handling);
    await handling.finally(() => this.#handling.delete(handling));
  }

  async #take(job: Job<unknown>, lane: string): Promise<void> {
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
    const entry = await this.#look(job, jobId);
    if (entry !== null && entry.result !== null)
      return this.#publishStanding(entry.result, entry.isResultPublished);

    const { workerId } = this.#services.membership;
    const callJob = readCallJob(job, jobId, lane);
    if (callJob instanceof OutdialError)
      return this.#settleUndialled(job, draftUnreadable(job, { jobId, lane, workerId }), callJob);
    const blank = draftResult(callJob, workerId);
    const refusal = this.#refusal(job, callJob, entry);
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
  #refusal(job: Job<unknown>, { expiresAt }: CallJob, entry: LedgerEntry | null): OutdialError | null {
    const isOlderThanMemory = Date.now() - job.timestamp > this.#services.memoryMs;
    // Whoever had it last never said what became of it, and the ledger, if it ever knew, has forgotten.
    if (job.stalledCounter > 0 && entry === null && isOlderThanMemory) {
      const message = 'it was handed out before, so long ago that nobody knows whether it was dialled';
      return new OutdialError('HISTORY_LOST', message);
    }
    if (expiresAt === undefined || expiresAt > Date.now()) return null;
    return new OutdialError('EXPIRED', `it expired at ${new Date(expiresAt).toISOString()}`);
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
    const { metrics, logger, takeover } = this.#services;
    const jobId = call.job.id;
    const runner = new CallRunner(call, this.#services);
    this.#calls.set(jobId, runner);
    metrics.callsUp.set(this.#calls.size);
    try {
      return await runner.run();
    } catch (error) {
      // A defect of ours. The claim is this worker's, so nobody else would ever settle the call.
      logger.error({ err: error, jobId }, 'a call failed inside this worker; it is released and settled');
      await insist('settle', logger, () => takeover.adopt(jobId));
      return null;
    } finally {
      this.#calls.delete(jobId);
      metrics.callsUp.set(this.#calls.size);
    }
  }

  /** Nobody was dialled. What may pass is tried again, as often as the job's options say; the rest is its result. */
  async #notDialled(job: Job<unknown>, blank: CallResult, error: unknown): Promise<void> {
    if (this.#isDraining) return this.#putBack(job);
    const failure =
      error instanceof OutdialError ? error : new OutdialError('INTERNAL', String(error), { cause: error });
    // A full trunk is no failure: the job waits for its turn, and that is no try.
    if (failure.retryable && failure.code === 'NO_TRUNK') return this.#lookAgain(job);
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

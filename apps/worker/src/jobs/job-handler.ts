import { OutdialError } from '@outdial/contract';
import { type LedgerEntry, UnreadableEntryError } from '@outdial/ledger';
import type { LaneJob } from '@outdial/queue';
import { errorTypeOf } from '@outdial/tracing';
import { sharedAbortController } from '../lifecycle/shared-abort-controller.js';
import { retryUntilWritten } from '../redis/retry-until-written.js';
import { CallSpans } from '../telemetry/call-spans.js';
import { type AdmissionRule, refusalOf } from './admission/admission-rule.js';
import { admissionRules } from './admission/admission-rules.js';
import { JobDialler, type JobDiallerServices, type TakenJob } from './job-dialler.js';
import { identityOfUnreadable, jobIdOf, readCallJob } from './read-call-job.js';
import { delayJob, isPostponement, putBack } from './reschedule.js';
import { UnfinishedJobs } from './unfinished-jobs.js';

export type JobHandlerServices = Omit<JobDiallerServices, 'draining' | 'unfinished'>;

/**
 * Takes one call job from its lane to its result. BullMQ may hand a job out again, to this worker or another, at any time;
 * whether it is dialled is decided by the ledger's claim alone.
 */
export class JobHandler {
  readonly #services: JobDiallerServices;
  readonly #dialler: JobDialler;
  readonly #rules: readonly AdmissionRule[];
  readonly #draining = sharedAbortController();
  readonly #unfinished = new UnfinishedJobs();

  constructor(services: JobHandlerServices) {
    this.#services = { ...services, draining: this.#draining.signal, unfinished: this.#unfinished };
    this.#dialler = new JobDialler(this.#services);
    this.#rules = admissionRules(services);
  }

  /** From now on jobs that are not dialled yet go back to their lane. */
  drain(): void {
    this.#draining.abort();
    this.#services.reservation.close();
  }

  /** Resolves when every job that was handed over has its result, or is another worker's to settle, and no call is up. */
  settled(): Promise<void> {
    return this.#unfinished.allSettled();
  }

  /**
   * BullMQ's processor: resolves when the job has its result, or another worker will settle it. It rejects only with
   * BullMQ's errors for "later": any other rejection could end the job without a result.
   */
  async handle(job: LaneJob, lane: string): Promise<void> {
    await this.#unfinished.track(this.#take(job, lane));
  }

  async #take(job: LaneJob, lane: string): Promise<void> {
    const { logger, metrics } = this.#services;
    metrics.jobsTaken.inc({ lane });
    try {
      await this.#handle(job, lane);
    } catch (error) {
      if (isPostponement(error)) throw error;
      if (error instanceof UnreadableEntryError) {
        // It is unknown whether it was dialled, and no result can be recorded.
        logger.error(
          { err: error, jobId: job.id },
          'ledger entry unreadable; job skipped (see `outdial audit`)',
        );
        return;
      }
      logger.error({ err: error, jobId: job.id }, 'handling a job failed; it will be handed out again');
      await delayJob(job, this.#services);
    }
  }

  async #handle(job: LaneJob, lane: string): Promise<void> {
    const jobId = jobIdOf(job, lane);
    if (this.#draining.signal.aborted) return putBack(job, this.#services);
    const entry = await this.#lookUp(job, jobId);
    if (entry !== null && entry.result !== null) {
      if (!entry.isResultPublished) await this.#services.settlement.publishStanding(entry.result);
      return;
    }
    // The worker that holds its claim is dialling it, or is lost and a takeover will settle it.
    if (entry?.token) return delayJob(job, this.#services);

    const { workerId } = this.#services.membership;
    const callJob = readCallJob(job, jobId, lane);
    if (callJob instanceof OutdialError)
      return this.#dialler.settle(job, identityOfUnreadable(job, { jobId, lane, workerId }), callJob);
    const spans = new CallSpans(callJob, workerId);
    try {
      await this.#admit({ job, callJob, spans }, entry);
    } catch (error) {
      if (isPostponement(error)) spans.postponed();
      else spans.failed(errorTypeOf(error));
      throw error;
    } finally {
      spans.end();
    }
  }

  /** Dials a job that no rule refuses. */
  async #admit(taken: TakenJob, entry: LedgerEntry | null): Promise<void> {
    const { job, callJob } = taken;
    const refusal = await refusalOf(this.#rules, {
      job: callJob,
      enqueuedAt: job.timestamp,
      wasStalled: job.stalledCounter > 0,
      entry,
    });
    await (refusal === null ? this.#dialler.dial(taken) : this.#dialler.settleTaken(taken, refusal));
  }

  /** The ledger's entry of a job that was handed out before. One that is settled or held needs no endpoint. */
  async #lookUp(job: LaneJob, jobId: string): Promise<LedgerEntry | null> {
    if (job.attemptsStarted <= 1 && job.stalledCounter === 0) return null;
    const get = () => this.#services.ledger.get(jobId);
    return retryUntilWritten('look the job up', get, this.#services);
  }
}

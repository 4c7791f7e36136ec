import { randomUUID } from 'node:crypto';
import { type CallIdentity, type CallJob, callIdentity, OutdialError } from '@outdial/contract';
import type { ClaimReply } from '@outdial/ledger';
import type { LaneJob, LaneTurn } from '@outdial/queue';
import type { PreparedDial, Telephony } from '@outdial/telephony';
import type { ActiveCalls } from '../call/active-calls.js';
import { CallRunner, type CallServices, type ClaimedCall } from '../call/call-runner.js';
import type { Membership } from '../cluster/membership.js';
import type { Takeover } from '../cluster/takeover.js';
import type { Settlement } from '../outcomes/settlement.js';
import { retryUntilWritten } from '../redis/retry-until-written.js';
import { isExpired } from './admission/not-expired.js';
import { type CallTurnServices, waitForLaneTurn } from './call-turn.js';
import type { DialReservation } from './dial-reservation.js';
import { DialRetry, delayJob, isPostponement, putBack } from './reschedule.js';
import type { UnfinishedJobs } from './unfinished-jobs.js';

/** A turn that came longer ago than this, in milliseconds, has passed. */
const TURN_MS = 1000;
/** A job whose turn did not come is handed out again after this time at most: the limit may have been raised. */
const COME_BACK_MAX_MS = 5000;

export interface JobDiallerServices
  extends CallTurnServices,
    Pick<CallServices, 'recordingsDirectory' | 'speech' | 'keepCapture' | 'captureOfLane'> {
  calls: ActiveCalls;
  reservation: DialReservation;
  settlement: Settlement;
  takeover: Pick<Takeover, 'adopt'>;
  membership: Membership;
  unfinished: UnfinishedJobs;
  telephony: Pick<Telephony, 'prepare'>;
}

/** What a job has when it is claimed. */
interface Reserved {
  prepared: PreparedDial;
  /** The fencing token of the claim. */
  token: string;
}

/** What came of asking for a job's claim. Without its turn a job is not dialled, claimed or not. */
interface Claim {
  answer: ClaimReply;
  /** Null: its lane gives none, so it may begin. */
  turn: LaneTurn | null;
}

/** Dials an admitted job: reserves what the dial needs, claims the job in the ledger, and runs its call. */
export class JobDialler {
  readonly #services: JobDiallerServices;

  constructor(services: JobDiallerServices) {
    this.#services = services;
  }

  /** Resolves when the job has its result, or another worker will settle it; rejects with BullMQ's errors for "later". */
  async dial(job: LaneJob, callJob: CallJob): Promise<void> {
    const { reservation, calls, membership, draining } = this.#services;
    let prepared: PreparedDial;
    try {
      prepared = await reservation.prepare(callJob);
    } catch (error) {
      return this.#notDialled(job, callIdentity(callJob, membership.workerId), error);
    }
    // Before the claim, as that of the lane: a job that waits for its turn may still go back, or to another worker.
    await prepared.turn(draining);
    if (draining.aborted) {
      await prepared.discard();
      return putBack(job, this.#services);
    }
    const token = randomUUID();
    const work = () => this.#claimAndRun(job, callJob, { prepared, token });
    await calls.underClaim(callJob.id, token, work);
  }

  /** Settles a job without a call: `error`, or null for a cancelled one. Delays a job that somebody holds. */
  async settle(job: LaneJob, identity: CallIdentity, error: OutdialError | null): Promise<void> {
    if (!(await this.#services.settlement.settle(identity, error))) await delayJob(job, this.#services);
  }

  /** Its turn did not come: the job goes back to its lane, which hands it out again when calls of the lane may begin. */
  #comeBack(job: LaneJob, turn: LaneTurn | null): Promise<never> {
    return turn?.kind === 'later'
      ? delayJob(job, this.#services, Math.min(Math.ceil(turn.waitMs), COME_BACK_MAX_MS))
      : putBack(job, this.#services);
  }

  async #claimAndRun(job: LaneJob, callJob: CallJob, reserved: Reserved): Promise<void> {
    const { prepared, token } = reserved;
    const { membership, draining, settlement } = this.#services;
    const { workerId } = membership;
    const identity = callIdentity(callJob, workerId);
    const { answer, turn } = await this.#claim(callJob, reserved).catch(async (error) => {
      await prepared.discard();
      throw error;
    });
    const isTurn = turn === null || turn.kind === 'now';
    const mayDial = () => this.#mayDial(callJob);
    if (answer.kind === 'claimed' && isTurn && mayDial()) {
      const isLeaseLive = () => membership.isLeaseLive();
      const call = {
        ...{ job: callJob, prepared, token, workerId, enqueuedAt: job.timestamp },
        ...{ mayDial, isLeaseLive },
      };
      const notSent = await this.#run(job, call);
      if (notSent === null) return;
      await this.#unclaim(callJob.id, token);
      return this.#notDialled(job, identity, notSent);
    }
    await prepared.discard();
    switch (answer.kind) {
      case 'claimed':
        await this.#unclaim(callJob.id, token);
        if (!isTurn) return this.#comeBack(job, turn);
        return draining.aborted ? putBack(job, this.#services) : delayJob(job, this.#services);
      case 'cancelled':
        return this.settle(job, identity, null);
      case 'settled':
        if (!answer.isPublished) await settlement.publishStanding(answer.result);
        return;
      case 'turnNeeded':
        return this.#comeBack(job, turn);
      // `held`: its holder dials it, or is lost and a takeover will settle it. `workerLost`: this worker has no lease now.
      case 'held':
      case 'workerLost':
        return delayJob(job, this.#services);
    }
  }

  /** Claims a job: at once where its lane gives no turns, which takes one step of Redis; else when its turn has come. */
  async #claim(callJob: CallJob, { prepared, token }: Reserved): Promise<Claim> {
    const { ledger, membership, draining } = this.#services;
    const { lane } = callJob;
    const request = {
      jobId: callJob.id,
      workerId: membership.workerId,
      job: callJob,
      legs: [{ ...prepared.whereabouts }],
      token,
    };
    const ask = (ofLane: { lane?: string }) =>
      retryUntilWritten('claim', () => ledger.claim({ ...request, ...ofLane }), this.#services);
    let askedAt = performance.now();
    let answer = await ask({ lane });
    let turn: LaneTurn | null = null;
    if (answer.kind === 'turnNeeded') {
      turn = await waitForLaneTurn(lane, this.#services);
      if (turn.kind !== 'now') return { answer, turn };
      askedAt = performance.now();
      answer = await ask({});
    }
    // Redis was away: all jobs that waited for it would be dialled in the same moment.
    const hasTurnPassed = performance.now() - askedAt > TURN_MS;
    if (answer.kind !== 'claimed' || !hasTurnPassed) return { answer, turn };
    await prepared.turn(draining);
    return { answer, turn: await waitForLaneTurn(lane, this.#services) };
  }

  /** Asked just before the INVITE leaves: a worker that was frozen may have been taken for lost meanwhile. */
  #mayDial(callJob: CallJob): boolean {
    const { draining, membership } = this.#services;
    return !draining.aborted && !isExpired(callJob) && membership.isLeaseLive();
  }

  async #unclaim(jobId: string, token: string): Promise<void> {
    await retryUntilWritten('unclaim', () => this.#services.ledger.unclaim(jobId, token), this.#services);
  }

  /** Resolves with why nobody was dialled, or null: the call has ended. */
  async #run(job: LaneJob, call: ClaimedCall): Promise<OutdialError | null> {
    const { calls, logger, takeover, unfinished } = this.#services;
    const jobId = call.job.id;
    const runner = new CallRunner(call, this.#services);
    calls.add(jobId, runner);
    try {
      const notSent = await runner.run();
      if (notSent !== null) calls.remove(jobId);
      // The lane does not wait until drachtio has released a call that has ended.
      else void unfinished.track(runner.released().finally(() => calls.remove(jobId)));
      if (runner.isClaimLost) await this.#settleLost(job, call);
      return notSent;
    } catch (error) {
      if (isPostponement(error)) throw error;
      // A defect of ours. The claim is this worker's, so no other worker would settle the call.
      logger.error({ err: error, jobId }, 'running a call failed; it is released and settled');
      await retryUntilWritten('adopt the call', () => takeover.adopt(jobId), this.#services);
      calls.remove(jobId);
      return null;
    }
  }

  /** A call whose claim was lost is another worker's to settle; or this worker's, where Redis has lost all of its data. */
  #settleLost(job: LaneJob, { job: callJob, prepared, workerId }: ClaimedCall): Promise<void> {
    const message = `worker ${workerId} was taken for lost during the call, which it hung up`;
    const identity = callIdentity(callJob, workerId, prepared.whereabouts);
    return this.settle(job, identity, new OutdialError('WORKER_LOST', message));
  }

  /** Nobody was dialled. What may pass is tried again, as often as the job's options say; the rest is the job's result. */
  async #notDialled(job: LaneJob, identity: CallIdentity, error: unknown): Promise<void> {
    const { draining, metrics } = this.#services;
    if (draining.aborted) return putBack(job, this.#services);
    const failure =
      error instanceof OutdialError ? error : new OutdialError('INTERNAL', String(error), { cause: error });
    // A trunk without a free channel is no failure: the job waits, and that does not count as an attempt.
    if (failure.retryable && failure.code === 'NO_TRUNK') return delayJob(job, this.#services);
    const attempts = job.opts.attempts ?? 1;
    if (failure.retryable && job.attemptsMade + 1 < attempts) {
      metrics.dialsRetried.inc({ code: failure.code });
      throw new DialRetry(failure);
    }
    return this.settle(job, identity, failure);
  }
}

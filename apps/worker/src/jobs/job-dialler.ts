import { randomUUID } from 'node:crypto';
import {
  type CallIdentity,
  type CallJob,
  callIdentity,
  OutdialError,
  type Whereabouts,
} from '@outdial/contract';
import type { ClaimReply } from '@outdial/ledger';
import type { LaneJob, LaneTurn } from '@outdial/queue';
import type { PreparedDial, Telephony } from '@outdial/telephony';
import { errorTypeOf } from '@outdial/tracing';
import type { ActiveCalls } from '../call/active-calls.js';
import { CallRunner, type CallServices, type ClaimedCall } from '../call/call-runner.js';
import type { Membership } from '../cluster/membership.js';
import type { Takeover } from '../cluster/takeover.js';
import type { Settlement } from '../outcomes/settlement.js';
import { retryUntilWritten } from '../redis/retry-until-written.js';
import type { CallSpans } from '../telemetry/call-spans.js';
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

/** A job that was taken from its lane, and is a valid call job. */
export interface TakenJob {
  job: LaneJob;
  callJob: CallJob;
  spans: CallSpans;
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
  async dial(taken: TakenJob): Promise<void> {
    const { job, callJob, spans } = taken;
    const { reservation, calls, draining } = this.#services;
    let prepared: PreparedDial;
    spans.beginDial();
    try {
      prepared = await reservation.prepare(callJob, spans.inviting);
    } catch (error) {
      return this.#notDialled(taken, error);
    }
    // Before the claim, as that of the lane: a job that waits for its turn may still go back, or to another worker.
    await prepared.turn(draining);
    if (draining.aborted) {
      await prepared.discard();
      return putBack(job, this.#services);
    }
    const token = randomUUID();
    const work = () => this.#claimAndRun(taken, { prepared, token });
    await calls.underClaim(callJob.id, token, work);
  }

  /** Settles a job without a call: `error`, or null for a cancelled one. Delays a job that somebody holds. */
  async settle(job: LaneJob, identity: CallIdentity, error: OutdialError | null): Promise<void> {
    if (!(await this.#services.settlement.settle(identity, error))) await delayJob(job, this.#services);
  }

  /** Settles a valid job without a call: `error`, or null for a cancelled one. */
  settleTaken(taken: TakenJob, error: OutdialError | null, whereabouts?: Whereabouts): Promise<void> {
    const { job, callJob, spans } = taken;
    const identity = callIdentity(callJob, this.#services.membership.workerId, whereabouts);
    spans.settled(error);
    return this.settle(job, spans.identify(identity), error);
  }

  /** Its turn did not come: the job goes back to its lane, which hands it out again when calls of the lane may begin. */
  #comeBack(job: LaneJob, turn: LaneTurn | null): Promise<never> {
    return turn?.kind === 'later'
      ? delayJob(job, this.#services, Math.min(Math.ceil(turn.waitMs), COME_BACK_MAX_MS))
      : putBack(job, this.#services);
  }

  async #claimAndRun(taken: TakenJob, reserved: Reserved): Promise<void> {
    const { job, callJob, spans } = taken;
    const { prepared, token } = reserved;
    const { membership, draining, settlement } = this.#services;
    const { workerId } = membership;
    const { answer, turn } = await this.#claim(callJob, reserved).catch(async (error) => {
      await prepared.discard();
      throw error;
    });
    const isTurn = turn === null || turn.kind === 'now';
    const mayDial = () => this.#mayDial(callJob);
    if (answer.kind === 'claimed' && isTurn && mayDial()) {
      const isLeaseLive = () => membership.isLeaseLive();
      const call = {
        job: callJob,
        spans,
        prepared,
        token,
        workerId,
        enqueuedAt: job.timestamp,
        mayDial,
        isLeaseLive,
      };
      const notSent = await this.#run(taken, call);
      if (notSent === null) return;
      await this.#unclaim(callJob.id, token);
      return this.#notDialled(taken, notSent);
    }
    await prepared.discard();
    switch (answer.kind) {
      case 'claimed':
        await this.#unclaim(callJob.id, token);
        if (!isTurn) return this.#comeBack(job, turn);
        return draining.aborted ? putBack(job, this.#services) : delayJob(job, this.#services);
      case 'cancelled':
        return this.settleTaken(taken, null);
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
      retryUntilWritten('claim', () => ledger.claim(Object.assign({}, request, ofLane)), this.#services);
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
  async #run(taken: TakenJob, call: ClaimedCall): Promise<OutdialError | null> {
    const { calls, logger, takeover, unfinished } = this.#services;
    const jobId = call.job.id;
    const runner = new CallRunner(call, this.#services);
    calls.add(jobId, runner);
    try {
      const notSent = await runner.run();
      if (notSent !== null) calls.remove(jobId);
      // The lane does not wait until drachtio has released a call that has ended.
      else void unfinished.track(runner.released().finally(() => calls.remove(jobId)));
      if (runner.isClaimLost) await this.#settleLost(taken, call);
      return notSent;
    } catch (error) {
      if (isPostponement(error)) throw error;
      // A defect of ours. The claim is this worker's, so no other worker would settle the call.
      taken.spans.failed(errorTypeOf(error));
      logger.error({ err: error, jobId }, 'running a call failed; it is released and settled');
      await retryUntilWritten('adopt the call', () => takeover.adopt(jobId), this.#services);
      calls.remove(jobId);
      return null;
    }
  }

  /** A call whose claim was lost is another worker's to settle; or this worker's, where Redis has lost all of its data. */
  #settleLost(taken: TakenJob, { prepared, workerId }: ClaimedCall): Promise<void> {
    const message = `worker ${workerId} was taken for lost during the call, which it hung up`;
    return this.settleTaken(taken, new OutdialError('WORKER_LOST', message), prepared.whereabouts);
  }

  /** Nobody was dialled. What may pass is tried again, as often as the job's options say; the rest is the job's result. */
  async #notDialled(taken: TakenJob, error: unknown): Promise<void> {
    const { job, spans } = taken;
    const { draining, metrics } = this.#services;
    spans.notDialled(errorTypeOf(error));
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
    return this.settleTaken(taken, failure);
  }
}

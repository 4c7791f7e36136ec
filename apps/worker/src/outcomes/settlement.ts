import {
  buildResult,
  CANCELLED,
  type CallError,
  type CallIdentity,
  type CallResult,
  failedOutcome,
  type OutdialError,
} from '@outdial/contract';
import type { Logger } from 'pino';
import { retryUntilWritten } from '../redis/retry-until-written.js';
import { type OutcomeServices, settleAndPublish } from './settle-and-publish.js';

export interface SettlementServices extends OutcomeServices {
  logger: Logger;
  signal: AbortSignal;
}

/** Settles jobs that have no call here: nobody was dialled, or the call had to be given up. */
export class Settlement {
  readonly #services: SettlementServices;

  constructor(services: SettlementServices) {
    this.#services = services;
  }

  /**
   * Records and publishes a job's result, unless it has one: `error`, or null for a cancelled job. Resolves with false
   * when somebody holds the job's claim: the holder settles it, or may still give it back undialled.
   */
  async settle(identity: CallIdentity, error: OutdialError | null): Promise<boolean> {
    const outcome = failedOutcome(error === null ? CANCELLED : toCallError(error));
    const result = buildResult(identity, { ...outcome, timings: { endedAt: Date.now() } });
    const { jobId, state } = result;
    this.#services.logger.info({ jobId, state, code: error?.code }, 'job settled without a call');
    const standing = await settleAndPublish(this.#services, result, {
      token: null,
      record: (step) => retryUntilWritten('settle', step, this.#services),
      publish: (step) => retryUntilWritten('publish the result', step, this.#services),
    });
    return standing !== null;
  }

  /** Publishes the result that a job has already: the process that recorded it may have died before it did. */
  async publishStanding(result: CallResult): Promise<void> {
    const publish = () => this.#services.outbox.publishResult(result);
    await retryUntilWritten('publish the result', publish, this.#services);
  }
}

function toCallError({ code, message }: OutdialError): CallError {
  return { code, message };
}

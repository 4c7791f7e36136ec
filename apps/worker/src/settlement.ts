import type { CallResult, OutdialError } from '@outdial/contract';
import type { JournalServices } from './call-journal.js';
import { insist } from './insist.js';
import { publishSettled } from './standing-outcome.js';

/** Settles jobs that have no call here: nobody was dialled, or the call had to be let go of. */
export class Settlement {
  readonly #services: JournalServices;

  constructor(services: JournalServices) {
    this.#services = services;
  }

  /**
   * Gives a job its outcome, unless it has one: `error`, or null for a cancelled one. False when somebody holds the
   * job's claim: it is the holder's to settle, or may still be given back undialled.
   */
  async settle(blank: CallResult, error: OutdialError | null): Promise<boolean> {
    const { ledger, logger } = this.#services;
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
    const standing = await insist('publish', logger, () => publishSettled(this.#services, answer, result));
    return standing !== null;
  }

  /** Publishes the result that a job has already: who wrote it down may not have come to that. */
  async publishStanding(result: CallResult): Promise<void> {
    const { outbox, logger } = this.#services;
    await insist('publish', logger, () => outbox.publishResult(result));
  }
}

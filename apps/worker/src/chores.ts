import type { Ledger, Outbox } from '@outdial/ledger';
import type { Logger } from 'pino';
import type { CallsUp } from './calls-up.js';
import type { Membership } from './membership.js';
import { Rounds } from './rounds.js';
import type { Takeover } from './takeover.js';

export interface ChoreServices {
  ledger: Ledger;
  outbox: Outbox;
  takeover: Takeover;
  membership: Membership;
  calls: CallsUp;
  logger: Logger;
}

/** What a worker does now and then, for all of them or for its own calls. */
export function choresOf({ ledger, outbox, takeover, membership, calls, logger }: ChoreServices): Rounds {
  // Two lists of the same calls: the ledger's and this worker's. They differ where a takeover was not finished, or Redis
  // has come back without its last writes.
  const compareCalls = async () => {
    const listed = new Set(await ledger.callsOf(membership.workerId));
    calls.confirmClaims(listed);
    await takeover.resume([...listed].filter((jobId) => !calls.holds(jobId)));
  };
  const trim = async () => {
    await ledger.trim();
    const { result, ended } = await outbox.trim();
    if (result > 0) logger.warn({ results: result }, 'results that nobody consumed are past their retention');
    if (ended > 0) logger.info({ ended }, 'ended records that nobody consumed are past their retention');
  };
  return new Rounds(logger, [
    { name: 'takeover', everyMs: 1000, round: () => takeover.sweep() },
    { name: 'own calls', everyMs: 3000, round: compareCalls },
    { name: 'outbox', everyMs: 5000, round: () => outbox.sweep() },
    { name: 'retention', everyMs: 60_000, round: trim },
  ]);
}

import type { Ledger, Outbox } from '@outdial/ledger';
import { PeriodicTasks } from '@outdial/service';
import type { Logger } from 'pino';
import type { ActiveCalls } from '../call/active-calls.js';
import type { Membership } from '../cluster/membership.js';
import type { Takeover } from '../cluster/takeover.js';
import type { ServerLog } from '../health/server-log.js';
import type { StatusReporter } from '../health/status-reporter.js';

export interface MaintenanceServices {
  ledger: Ledger;
  outbox: Outbox;
  takeover: Takeover;
  membership: Membership;
  calls: ActiveCalls;
  logger: Logger;
  serverLog: ServerLog;
  statusReporter: StatusReporter;
}

/** What a worker does regularly, for all workers or for its own calls. */
export function maintenanceTasks({
  ledger,
  outbox,
  takeover,
  membership,
  calls,
  logger,
  serverLog,
  statusReporter,
}: MaintenanceServices): PeriodicTasks {
  // The ledger's list of this worker's calls and the worker's own differ where a takeover was not finished, or Redis has
  // come back without its last writes.
  const compareCalls = async () => {
    const listed = new Set(await ledger.callsOf(membership.workerId));
    calls.confirmClaims(listed);
    await takeover.resume([...listed].filter((jobId) => !calls.holds(jobId)));
  };
  const trim = async () => {
    await ledger.trim();
    const { result, ended } = await outbox.trim();
    if (result > 0) logger.warn({ results: result }, 'unconsumed results deleted: past their retention');
    if (ended > 0) logger.info({ ended }, 'unconsumed ended records deleted: past their retention');
  };
  return new PeriodicTasks(logger, [
    { name: 'log servers', everyMs: 1000, run: async () => serverLog.update() },
    { name: 'takeover', everyMs: 1000, run: () => takeover.sweep() },
    { name: 'report status', everyMs: 2000, run: () => statusReporter.report() },
    { name: 'compare calls', everyMs: 3000, run: compareCalls },
    { name: 'publish outbox', everyMs: 5000, run: () => outbox.sweep() },
    { name: 'trim', everyMs: 60_000, run: trim },
  ]);
}

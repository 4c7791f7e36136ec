import { laneSchema } from '@outdial/contract';
import { InvalidArgumentError } from 'commander';
import type { AuditOptions } from '../actions/audit.js';
import type { DefineCommand } from '../command.js';
import { toSecondsFromZero } from '../parse-options.js';

const HELP = `
The audit only reads, in small steps. It can run at any time, from cron, and on a replica
(OUTDIAL_REDIS_URL). Calls in progress are not reported: suspects are checked again after the grace
period, which is waited for only if there are any.

With --json it prints one object: ok, findings (jobId, lane, code, promise, seen, since), counts by
code, and the numbers of what was compared. docs/reliability.md explains every code.

Exit status: 0 no promise is broken; 1 there are findings, or Redis is unavailable (then standard
output is empty).`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Compares ledger, lanes, results, ended records and events, and prints every job that breaks a promise. Normally there are none.',
    )
    .option('--lane <name>', 'only the jobs of this lane', toLane)
    .option(
      '--grace <seconds>',
      'how long to wait before suspects are checked again; with less than 15, a takeover in progress may be reported',
      toSecondsFromZero,
      15,
    )
    .addHelpText('after', HELP)
    .action(
      toAction(async (options: AuditOptions) => {
        const { audit } = await import('../actions/audit.js');
        return audit(options);
      }),
    );
};

function toLane(text: string): string {
  const parsed = laneSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'Expected the name of a lane.');
}

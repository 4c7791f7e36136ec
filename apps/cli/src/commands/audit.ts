import { laneSchema } from '@outdial/contract';
import { InvalidArgumentError } from 'commander';
import type { AuditOptions } from '../actions/audit.js';
import type { DefineCommand } from '../command.js';
import { toSecondsFromZero } from '../option-values.js';

const HELP = `
It only reads, in small steps: it may run at any time, from cron, and on a replica (OUTDIAL_REDIS_URL). What is in
flight is no finding: what looks broken is looked at again after the grace, which it waits for only then.

With --json it prints one object: ok, findings (jobId, lane, code, promise, seen, since), counts by code, and what was
compared. docs/reliability.md explains every code.

Exit status: 0 no promise is broken, 1 one is (or Redis cannot be asked: then nothing stands on standard output).`;

export const define: DefineCommand = (command, toAction) => {
  command
    .description(
      'Compares ledger, lanes, results, ended records and events, and prints every job that breaks a promise: none, normally.',
    )
    .option('--lane <name>', 'the jobs of this lane alone', toLane)
    .option(
      '--grace <seconds>',
      'what looks broken is looked at again after so long; less than 15 may take a takeover in progress for a finding',
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
  throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? 'It is the name of a lane.');
}

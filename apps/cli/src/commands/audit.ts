import { type AuditProgress, CallAudit } from '@outdial/client';
import type { DefineCommand } from '../command.js';
import { EXIT } from '../exit-status.js';
import { toLane, toSecondsFromZero } from '../option-values.js';
import { type JsonOption, openOutput } from '../output.js';
import { auditLines } from '../render/audit-lines.js';
import { type Progress, showProgress } from '../render/progress.js';
import { withSession } from '../session.js';

interface AuditOptions extends JsonOption {
  lane?: string;
  grace: number;
}

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
      toAction(({ json, lane, grace }: AuditOptions) =>
        withSession(async ({ redis, prefix }) => {
          const output = openOutput({ json });
          const audit = new CallAudit({ redis, prefix });
          const steps = showSteps(output);
          try {
            const report = await audit.run({
              graceMs: grace * 1000,
              onProgress: steps.update,
              ...(lane !== undefined && { lane }),
            });
            steps.done();
            await output.record(report, () => auditLines(report).join('\n'));
            return report.ok ? EXIT.ok : EXIT.failed;
          } finally {
            steps.done();
            await audit.close();
          }
        }),
      ),
    );
};

const LABELS: Readonly<Record<AuditProgress['step'], string>> = {
  comparing: 'comparing, keys',
  waiting: 'something looks broken; looking again, ms',
  'looking again': 'looking again, suspects',
};

/** A bar for each step of an audit, one after the other. */
function showSteps(output: { isJson: boolean }): { update(progress: AuditProgress): void; done(): void } {
  let shown: { step: AuditProgress['step']; bar: Progress } | null = null;
  const done = () => {
    shown?.bar.done();
    shown = null;
  };
  return {
    update({ step, done: count, total }) {
      if (shown?.step !== step) {
        done();
        shown = { step, bar: showProgress(LABELS[step], output) };
      }
      shown.bar.update(count, total);
    },
    done,
  };
}

import { type AuditProgress, CallAudit } from '@outdial/client';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import { withSession } from '../queue/session.js';
import { auditLines } from '../render/audit-lines.js';
import { openProgress } from '../render/progress.js';

export interface AuditOptions extends JsonOption {
  lane?: string;
  grace: number;
}

const LABELS: Readonly<Record<AuditProgress['step'], string>> = {
  comparing: 'keys compared',
  waiting: 'waiting to check the suspects again, ms',
  confirming: 'suspects checked again',
};

export function audit({ json, lane, grace }: AuditOptions): Promise<ExitStatus> {
  return withSession(async ({ redis, prefix }) => {
    const output = openOutput({ json });
    const progress = await openProgress(output);
    const auditor = new CallAudit({ redis, prefix });
    try {
      const report = await auditor.run({
        graceMs: grace * 1000,
        onProgress: ({ step, done, total }) => progress.update(LABELS[step], done, total),
        ...(lane !== undefined && { lane }),
      });
      progress.close();
      await output.record(report, () => auditLines(report).join('\n'));
      return report.ok ? EXIT.ok : EXIT.failed;
    } finally {
      progress.close();
      await auditor.close();
    }
  });
}

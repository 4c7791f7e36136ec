import { type AuditProgress, CallAudit } from '@outdial/client';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { type JsonOption, openOutput } from '../output.js';
import { auditLines } from '../render/audit-lines.js';
import { openProgress } from '../render/progress.js';
import { withSession } from '../session.js';

export interface AuditOptions extends JsonOption {
  lane?: string;
  grace: number;
}

const LABELS: Readonly<Record<AuditProgress['step'], string>> = {
  comparing: 'comparing, keys',
  waiting: 'something looks broken; looking again, ms',
  'looking again': 'looking again, suspects',
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
      progress.done();
      await output.record(report, () => auditLines(report).join('\n'));
      return report.ok ? EXIT.ok : EXIT.failed;
    } finally {
      progress.done();
      await auditor.close();
    }
  });
}
